using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom;

/// <content>The sub-items of the user information item, in ascending order of their types (PS3.7 D.3.3).</content>
public static partial class PduWriter
{
    private static void WriteUserInformation(MemoryStream buffer, UserInformation user)
    {
        using MemoryStream item = new();
        byte[] pduBytesMax = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(pduBytesMax, user.PduBytesMax);
        WriteItem(item, UserInformationItemType.PduBytesMax, pduBytesMax);
        WriteItem(item, UserInformationItemType.ImplementationClass, Encoding.ASCII.GetBytes(user.ImplementationClassUid));
        if (user.OperationsWindow is OperationsWindow window)
        {
            WriteItem(item, UserInformationItemType.OperationsWindow, [.. BigEndian(window.InvokedMax), .. BigEndian(window.PerformedMax)]);
        }

        foreach (RoleSelection role in user.Roles)
        {
            WriteItem(item, UserInformationItemType.RoleSelection, [.. UidField(role.SopClassUid), (byte)(role.Scu ? 1 : 0), (byte)(role.Scp ? 1 : 0)]);
        }

        if (user.ImplementationVersionName is string version)
        {
            WriteItem(item, UserInformationItemType.ImplementationVersion, Encoding.Latin1.GetBytes(version));
        }

        foreach (ExtendedNegotiation extended in user.ExtendedNegotiations)
        {
            WriteItem(item, UserInformationItemType.ExtendedNegotiation, [.. UidField(extended.SopClassUid), .. extended.Information.Span]);
        }

        foreach (CommonExtendedNegotiation common in user.CommonExtendedNegotiations)
        {
            byte[] related = [.. common.RelatedGeneralSopClassUids.SelectMany(UidField)];
            WriteItem(item, UserInformationItemType.CommonExtendedNegotiation, [.. UidField(common.SopClassUid), .. UidField(common.ServiceClassUid), .. Field(related)]);
        }

        if (user.UserIdentity is UserIdentity identity)
        {
            WriteItem(item, UserInformationItemType.UserIdentityRq,
                [(byte)identity.Type, (byte)(identity.AsksForResponse ? 1 : 0), .. Field(identity.Primary.Span), .. Field(identity.Secondary.Span)]);
        }

        if (user.UserIdentityResponse is ReadOnlyMemory<byte> response)
        {
            WriteItem(item, UserInformationItemType.UserIdentityAc, Field(response.Span));
        }

        WriteItem(buffer, 0x50, item.ToArray());
    }

    private static void WriteItem(MemoryStream buffer, UserInformationItemType type, byte[] value) => WriteItem(buffer, (byte)type, value);

    private static void WriteField(MemoryStream buffer, ReadOnlySpan<byte> value)
    {
        buffer.Write(BigEndian(checked((ushort)value.Length)));
        buffer.Write(value);
    }

    private static byte[] UidField(string uid) => Field(Encoding.ASCII.GetBytes(uid));

    /// <summary>A value behind its length of two bytes.</summary>
    private static byte[] Field(ReadOnlySpan<byte> value) => [.. BigEndian(checked((ushort)value.Length)), .. value];

    private static byte[] BigEndian(ushort number) => [(byte)(number >> 8), (byte)number];
}
