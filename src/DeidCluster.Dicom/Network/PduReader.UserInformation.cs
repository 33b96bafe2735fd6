using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom;

/// <content>The sub-items of the user information item (PS3.7 D.3.3).</content>
public static partial class PduReader
{
    private static UserInformation ReadUserInformation(ReadOnlySpan<byte> value, int offset)
    {
        UserInformation user = new(0, "", null);
        List<RoleSelection> roles = [];
        List<ExtendedNegotiation> extended = [];
        List<CommonExtendedNegotiation> common = [];
        Items items = new(value, 0, offset);
        while (items.Next())
        {
            Fields fields = new(items.Value, items.Offset);
            switch ((UserInformationItemType)items.Type)
            {
                case UserInformationItemType.PduBytesMax:
                    user = user with { PduBytesMax = BinaryPrimitives.ReadUInt32BigEndian(fields.Exactly(4)) };
                    break;
                case UserInformationItemType.ImplementationClass:
                    user = user with { ImplementationClassUid = Uid(items.Value, items.Offset) };
                    break;
                case UserInformationItemType.ImplementationVersion:
                    user = user with { ImplementationVersionName = Encoding.Latin1.GetString(items.Value).Trim(' ', '\0') };
                    break;
                case UserInformationItemType.OperationsWindow:
                    user = user with { OperationsWindow = new OperationsWindow(fields.Number(), fields.Number()) };
                    break;
                case UserInformationItemType.RoleSelection:
                    roles.Add(new RoleSelection(fields.Uid(), fields.Flag(), fields.Flag()));
                    RefuseMore(roles.Count, PduLimits.SopClassItemsMax, "role selections", items.Offset);
                    break;
                case UserInformationItemType.ExtendedNegotiation:
                    extended.Add(new ExtendedNegotiation(fields.Uid(), fields.Rest().ToArray()));
                    RefuseMore(extended.Count, PduLimits.SopClassItemsMax, "extended negotiations", items.Offset);
                    break;
                case UserInformationItemType.CommonExtendedNegotiation:
                    common.Add(new CommonExtendedNegotiation(fields.Uid(), fields.Uid(), Uids(fields.Next(fields.Number()), items.Offset)));
                    RefuseMore(common.Count, PduLimits.SopClassItemsMax, "common extended negotiations", items.Offset);
                    break;
                case UserInformationItemType.UserIdentityRq:
                    user = user with { UserIdentity = ReadUserIdentity(ref fields) };
                    break;
                case UserInformationItemType.UserIdentityAc:
                    user = user with { UserIdentityResponse = fields.Next(fields.Number()).ToArray() };
                    break;
            }
        }

        return user with { Roles = roles, ExtendedNegotiations = extended, CommonExtendedNegotiations = common };
    }

    private static UserIdentity ReadUserIdentity(ref Fields fields)
    {
        byte type = fields.Next(1)[0];
        bool asksForResponse = fields.Flag();
        byte[] primary = fields.Next(fields.Number()).ToArray();
        byte[] secondary = fields.IsAtEnd ? [] : fields.Next(fields.Number()).ToArray(); // some leave out the length of a passcode that they have not
        return new UserIdentity((UserIdentityType)type, primary, secondary, asksForResponse);
    }

    private static List<string> Uids(ReadOnlySpan<byte> value, int offset)
    {
        List<string> uids = [];
        Fields fields = new(value, offset);
        while (!fields.IsAtEnd)
        {
            uids.Add(fields.Uid());
            RefuseMore(uids.Count, PduLimits.SopClassItemsMax, "related general SOP classes", offset);
        }

        return uids;
    }

    /// <summary>Walks the fields of one sub-item: numbers of two bytes, flags, and values behind their length.</summary>
    private ref struct Fields(ReadOnlySpan<byte> bytes, int offset)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;
        private readonly int offset = offset;
        private int at;

        public readonly bool IsAtEnd => at == bytes.Length;

        public ReadOnlySpan<byte> Next(int length)
        {
            if (length > bytes.Length - at)
            {
                throw new DicomFormatException("User information sub-item is cut short", offset + at);
            }

            at += length;
            return bytes.Slice(at - length, length);
        }

        public ushort Number() => BinaryPrimitives.ReadUInt16BigEndian(Next(2));

        public bool Flag() => Next(1)[0] == 1;

        public string Uid()
        {
            int length = Number();
            int start = offset + at;
            return PduReader.Uid(Next(length), start);
        }

        public ReadOnlySpan<byte> Rest() => Next(bytes.Length - at);

        public readonly ReadOnlySpan<byte> Exactly(int length) =>
            bytes.Length == length ? bytes : throw new DicomFormatException("User information sub-item has a wrong length", offset);
    }
}

/// <summary>The type bytes of the user information sub-items (PS3.8 D.1, PS3.7 D.3.3).</summary>
internal enum UserInformationItemType : byte
{
    /// <summary>Maximum length.</summary>
    PduBytesMax = 0x51,

    /// <summary>Implementation class UID.</summary>
    ImplementationClass = 0x52,

    /// <summary>Asynchronous operations window.</summary>
    OperationsWindow = 0x53,

    /// <summary>SCP/SCU role selection.</summary>
    RoleSelection = 0x54,

    /// <summary>Implementation version name.</summary>
    ImplementationVersion = 0x55,

    /// <summary>SOP class extended negotiation.</summary>
    ExtendedNegotiation = 0x56,

    /// <summary>SOP class common extended negotiation.</summary>
    CommonExtendedNegotiation = 0x57,

    /// <summary>User identity, of a request.</summary>
    UserIdentityRq = 0x58,

    /// <summary>User identity, of an answer.</summary>
    UserIdentityAc = 0x59,
}
