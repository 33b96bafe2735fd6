namespace DeidCluster.Dicom.Tests.Dimse;

/// <summary>Status codes and SOP classes as data, and the command sets of the normalized services.</summary>
public class StatusTests
{
    [Theory]
    [InlineData(0x0000, DimseService.Storage, DimseStatusClass.Success, "Success")]
    [InlineData(0xB000, DimseService.Storage, DimseStatusClass.Warning, "Warning: coercion of data elements")]
    [InlineData(0xB000, DimseService.Move, DimseStatusClass.Warning, "Sub-operations complete, one or more failures or warnings")]
    [InlineData(0xA7FF, DimseService.Storage, DimseStatusClass.Failure, "Refused: out of resources")]
    [InlineData(0xA701, DimseService.Get, DimseStatusClass.Failure, "Refused: out of resources, unable to calculate number of matches")]
    [InlineData(0xA702, DimseService.Move, DimseStatusClass.Failure, "Refused: out of resources, unable to perform sub-operations")]
    [InlineData(0xA801, DimseService.Move, DimseStatusClass.Failure, "Refused: move destination unknown")]
    [InlineData(0xA801, DimseService.Get, DimseStatusClass.Failure, null)]
    [InlineData(0xA900, DimseService.Find, DimseStatusClass.Failure, "Error: identifier does not match SOP class")]
    [InlineData(0xAA04, DimseService.Get, DimseStatusClass.Failure, "Invalid request")]
    [InlineData(0xC123, DimseService.Find, DimseStatusClass.Failure, "Failed: unable to process")]
    [InlineData(0xC123, DimseService.Storage, DimseStatusClass.Failure, "Error: cannot understand")]
    [InlineData(0xFE00, DimseService.Get, DimseStatusClass.Cancel, "Sub-operations terminated due to cancel indication")]
    [InlineData(0xFF01, DimseService.Find, DimseStatusClass.Pending, "Pending: matches are continuing, one or more optional keys were not supported")]
    [InlineData(0x0107, DimseService.Normalized, DimseStatusClass.Warning, "Attribute list error")]
    [InlineData(0x0211, DimseService.Verification, DimseStatusClass.Failure, "Unrecognized operation")]
    [InlineData(0x9999, DimseService.Storage, DimseStatusClass.Failure, null)]
    public void Status_OfAService_HasItsClassAndMeaning(int code, DimseService service, DimseStatusClass expected, string? meaning)
    {
        DimseStatus status = new((ushort)code);
        Assert.Equal(expected, status.Class);
        Assert.Equal(meaning, status.Describe(service));
    }

    [Fact]
    public void StorageSopClasses_AreThoseOfTheRegistry_ThatAreStored()
    {
        string[] others = ["Storage Commitment Push Model SOP Class", "Storage Commitment Pull Model SOP Class", "Media Storage Directory Storage"];
        Assert.Equal(
            UidDictionary.All.Where(entry => entry.Type == UidType.SOPClass && entry.Name.Contains("Storage", StringComparison.Ordinal) && !others.Contains(entry.Name)).Select(entry => entry.Uid).Order(),
            StorageSopClasses.All.Order());

        // What composite objects have as their SOP class lies under these roots; every other name below them queries, retrieves or performs.
        string[] performed = ["FIND", "MOVE", "GET", "Creation", "Query", "Machine Verification", "Unified Procedure Step", "Information Model", "Trial"];
        Assert.All(
            UidDictionary.All.Where(entry => entry.Type == UidType.SOPClass && !StorageSopClasses.Contains(entry.Uid) && entry.Uid.StartsWith("1.2.840.10008.5.1.4.1.1.", StringComparison.Ordinal)),
            entry => Assert.Contains(performed, word => entry.Name.Contains(word, StringComparison.Ordinal)));
        Assert.All(StorageSopClasses.Frequent, uid => Assert.True(StorageSopClasses.Contains(uid)));
        Assert.InRange(StorageSopClasses.Frequent.Count, 1, PduLimits.PresentationContextsMax / 2);
        Assert.Equal(StorageSopClasses.Frequent.Count, StorageSopClasses.Frequent.Distinct().Count());
        Assert.True(StorageSopClasses.Contains("1.2.840.10008.5.1.4.1.1.9")); // retired: Standalone Curve Storage
        Assert.True(StorageSopClasses.Contains("1.2.840.10008.5.1.4.1.1.1.1")); // "... Image Storage - For Presentation"
    }

    [Fact]
    public void NormalizedCommand_IsWrittenAndReadAsItWas()
    {
        CommandSet action = CommandSet.Read(new CommandSet(CommandField.NActionRq)
        {
            RequestedSopClassUid = "1.2.840.10008.1.20.1",
            RequestedSopInstanceUid = "1.2.840.10008.1.20.1.1",
            MessageId = 7,
            ActionTypeId = 1,
            HasDataSet = true,
        }.Write());
        Assert.Equal(("1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1", (ushort)1), (action.RequestedSopClassUid, action.RequestedSopInstanceUid, action.ActionTypeId!.Value));
        Assert.True(action.IsRequest);

        CommandSet get = CommandSet.Read(new CommandSet(CommandField.NGetRq) { AttributeIdentifierList = [Tags.PatientID, Tags.StudyInstanceUID], HasDataSet = false }.Write());
        Assert.Equal([Tags.PatientID, Tags.StudyInstanceUID], get.AttributeIdentifierList);

        CommandSet response = CommandSet.Read(action.Response(new DimseStatusException("N-ACTION", DimseStatus.NoSuchAction)
        {
            OffendingElements = [new Tag(0, 0x1008)],
            ErrorComment = new string('x', 100),
        }).Write());
        Assert.Equal((CommandField.NActionRsp, (ushort)7, DimseStatus.NoSuchAction), (response.CommandField, response.MessageIdBeingRespondedTo!.Value, response.Status!.Value));
        Assert.Equal(("1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"), (response.AffectedSopClassUid, response.AffectedSopInstanceUid));
        Assert.Equal([new Tag(0, 0x1008)], response.OffendingElements);
        Assert.Equal(DimseStatusException.ErrorCommentCharactersMax, response.ErrorComment!.Length);
        Assert.False(response.IsRequest);
    }

    [Fact]
    public void ElementsOutsideOfGroup0000_AreDropped_ButForTheListOfFailedInstances()
    {
        byte[] command = new CommandSet(CommandField.CGetRsp) { MessageIdBeingRespondedTo = 1, Status = DimseStatus.SubOperationsWithFailures, HasDataSet = false }.Write();
        byte[] list = [0x08, 0x00, 0x58, 0x00, 0x08, 0, 0, 0, .. "1.2\\1.3\0"u8, 0x08, 0x00, 0x60, 0x00, 0x02, 0, 0, 0, .. "CT"u8];
        CommandSet read = CommandSet.Read([.. command, .. list]);
        Assert.Equal(DimseStatus.SubOperationsWithFailures, read.Status);
        Assert.Equal(command, read.Write());
        Assert.Throws<DicomFormatException>(() => CommandSet.Read([.. command, .. list[..^1]]));
    }
}
