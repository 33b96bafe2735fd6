using DeidCluster.Dicom.Tests.Network;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>What providers of ill will answer to our user: each operation ends with a typed exception, in time, and never with a wrong result.</summary>
public class HostileServerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Contexts_ThatWereNotProposed_AreNotUsed()
    {
        await using RawServer server = new(async peer =>
        {
            await peer.ReadPduAsync();
            await peer.SendAsync(PduWriter.Write(new Pdu.AssociateAc("SCP", "SCU", PduWriter.DicomApplicationContext,
                [
                    new PresentationContextAnswer(99, PresentationResult.Acceptance, Uids.ImplicitVrLittleEndian), // nobody asked for it
                    new PresentationContextAnswer(1, PresentationResult.Acceptance, Uids.ExplicitVrBigEndian), // not in this encoding
                    new PresentationContextAnswer(3, (PresentationResult)77, Uids.ImplicitVrLittleEndian),
                ], new UserInformation(16384, "1.2.3", null))));
            await peer.EndsAsync();
        });
        await using ScuAssociation scu = await ConnectAsync(server);
        Assert.Empty(scu.Contexts);
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon));
        Assert.Equal(NetworkFault.PresentationContextRefused, fault.Fault);
    }

    [Theory]
    [InlineData(8, 0x0000)] // another message
    [InlineData(0, 0x0000)]
    public async Task Answer_ToAnotherMessage_IsAProtocolFault(int id, int status)
    {
        await using RawServer server = RawServer.Accepting(peer => AnswerAsync(peer, CommandField.CEchoRsp, (ushort)id, new DimseStatus((ushort)status)));
        await using ScuAssociation scu = await ConnectAsync(server);
        Assert.Equal(NetworkFault.Protocol, (await Assert.ThrowsAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon))).Fault);
        Assert.False(scu.IsUsable);
    }

    [Fact]
    public async Task Answer_OfAnotherOperationOrWithoutStatus_IsAProtocolFault()
    {
        foreach ((CommandField field, DimseStatus? status) in new (CommandField, DimseStatus?)[]
        {
            (CommandField.CStoreRsp, DimseStatus.Success), (CommandField.CEchoRq, null), (CommandField.CEchoRsp, null), ((CommandField)0x8999, DimseStatus.Success),
        })
        {
            await using RawServer server = RawServer.Accepting(peer => AnswerAsync(peer, field, 1, status));
            await using ScuAssociation scu = await ConnectAsync(server);
            Assert.Equal(NetworkFault.Protocol, (await Assert.ThrowsAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon))).Fault);
        }
    }

    [Fact]
    public async Task SecondAnswer_IsNotTakenForTheNextOperations()
    {
        await using RawServer server = RawServer.Accepting(async peer =>
        {
            await peer.ReadPduAsync();
            byte[] answer = Response(CommandField.CEchoRsp, 1, DimseStatus.Success);
            await peer.SendAsync([.. answer, .. answer]);
            await peer.EndsAsync();
        });
        await using ScuAssociation scu = await ConnectAsync(server);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        Assert.Equal(NetworkFault.Protocol, (await Assert.ThrowsAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon))).Fault);
    }

    [Theory]
    [InlineData(0xFFFF, DimseStatusClass.Failure)]
    [InlineData(0x1234, DimseStatusClass.Failure)]
    [InlineData(0xFF01, DimseStatusClass.Pending)]
    [InlineData(0xFE00, DimseStatusClass.Cancel)]
    public async Task Status_OfNobodysRange_IsNeverSuccess(int code, DimseStatusClass expected)
    {
        await using RawServer server = RawServer.Accepting(peer => AnswerAsync(peer, CommandField.CEchoRsp, 1, new DimseStatus((ushort)code)));
        await using ScuAssociation scu = await ConnectAsync(server);
        Assert.Equal(expected, (await scu.EchoAsync(Peers.Soon)).Class);
    }

    [Fact]
    public async Task Silence_AfterARequest_IsATimeout()
    {
        await using RawServer server = RawServer.Accepting(peer => peer.EndsAsync());
        await using ScuAssociation scu = await ConnectAsync(server, options => options with { ResponseTimeout = TimeSpan.FromMilliseconds(100) });
        Assert.Equal(NetworkFault.Timeout, (await Assert.ThrowsAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon))).Fault);
    }

    [Fact]
    public async Task ServerThatReadsNothing_IsATimeout()
    {
        TaskCompletionSource over = new();
        await using RawServer server = RawServer.Accepting(_ => over.Task);
        await using ScuAssociation scu = await ConnectAsync(server, options => options with { ResponseTimeout = TimeSpan.FromMilliseconds(300) });
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ImplicitVrLittleEndian, new MemoryStream(new byte[50_000_000]), 50_000_000, null, Peers.Soon).WaitAsync(Deadline));
        Assert.Equal(NetworkFault.Timeout, fault.Fault);
        over.SetResult();
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(6u)]
    [InlineData(7u)]
    [InlineData(13u)]
    [InlineData(127u)]
    [InlineData(129u)]
    [InlineData(131u)]
    [InlineData(0x7FFFFFFFu)]
    [InlineData(0xFFFFFFFFu)]
    public async Task PduLengthOfAnySize_IsKeptOrRefused(uint pduBytesMax)
    {
        int longest = 0;
        await using RawServer server = RawServer.Accepting(async peer =>
        {
            bool isLast = false;
            while (!isLast && await peer.ReadPduAsync() is { } pdu && pdu[0] == (byte)PduType.DataTf)
            {
                longest = Math.Max(longest, pdu.Length - PduLimits.HeaderBytes);
                isLast = pdu[11] == 2;
            }

            await peer.SendAsync(Response(CommandField.CStoreRsp, 1, DimseStatus.Success, contextId: 3));
            await peer.EndsAsync();
        }, pduBytesMax);
        try
        {
            await using ScuAssociation scu = await ConnectAsync(server);
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, "1.2.3", TransferSyntax.ImplicitVrLittleEndian, new MemoryStream(new byte[10_000]), 10_000, null, Peers.Soon));
            Assert.True(longest <= pduBytesMax || pduBytesMax == 0, $"{longest} bytes were sent");
        }
        catch (DicomNetworkException fault) when (pduBytesMax is > 0 and < PduLimits.PduBytesMin)
        {
            Assert.Equal(NetworkFault.Protocol, fault.Fault);
        }
    }

    [Fact]
    public async Task PendingResponsesWithoutEnd_EndWhenTheCallerHasEnough()
    {
        foreach (bool isMove in new[] { false, true })
        {
            await using RawServer server = RawServer.Accepting(PendingForEverAsync(isMove));
            await using ScuAssociation scu = await ConnectAsync(server, options => options with { CancelTimeout = TimeSpan.FromMilliseconds(200) });
            using CancellationTokenSource enough = new();
            int seen = 0;
            if (isMove)
            {
                Progress progress = new(() => { if (++seen == 50) { enough.Cancel(); } });
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scu.MoveAsync(
                    Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY"), "DEST", progress, enough.Token)).WaitAsync(Deadline);
            }
            else
            {
                await foreach (DataSet _ in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), Peers.Soon))
                {
                    if (++seen == 50)
                    {
                        break;
                    }
                }
            }

            Assert.False(scu.IsUsable); // the peer went on after C-CANCEL
        }
    }

    [Fact]
    public async Task ReleaseAnsweredWithDataForEver_IsOver()
    {
        await using RawServer server = RawServer.Accepting(async peer =>
        {
            await peer.ReadPduAsync();
            using CancellationTokenSource deadline = new(Deadline);
            while (!deadline.IsCancellationRequested)
            {
                await peer.SendAsync(Response(CommandField.CEchoRsp, 1, DimseStatus.Success));
            }
        });
        await using ScuAssociation scu = await ConnectAsync(server, options => options with { NegotiationTimeout = TimeSpan.FromSeconds(1) });
        await scu.ReleaseAsync(Peers.Soon).WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task IdentifierWithoutEnd_IsRefusedAtTheLimit()
    {
        await using RawServer server = RawServer.Accepting(async peer =>
        {
            await peer.ReadPduAsync();
            await peer.ReadPduAsync();
            await peer.SendAsync(Response(CommandField.CFindRsp, 1, DimseStatus.Pending, contextId: 5, hasDataSet: true));
            byte[] fragment = RawPeer.Data(new Pdv(5, false, false, new byte[16_000]));
            for (int sent = 0; sent < 2 * PduLimits.IdentifierBytesMax; sent += 16_000)
            {
                await peer.SendAsync(fragment);
            }

            await peer.EndsAsync();
        });
        await using ScuAssociation scu = await ConnectAsync(server);
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => FirstAsync(scu));
        Assert.Equal(NetworkFault.Protocol, fault.Fault);
    }

    [Theory]
    [InlineData("080018005549FFFF")] // a value longer than the identifier
    [InlineData("10001000FFFFFFFF")] // implicit, undefined length, no item
    [InlineData("0800")]
    public async Task IdentifierThatIsMalformed_IsAProtocolFault_WithoutItsContent(string hex)
    {
        await using RawServer server = RawServer.Accepting(async peer =>
        {
            await peer.ReadPduAsync();
            await peer.SendAsync([.. Response(CommandField.CFindRsp, 1, DimseStatus.Pending, contextId: 5, hasDataSet: true), .. RawPeer.Data(new Pdv(5, false, true, Convert.FromHexString(hex)))]);
            await peer.EndsAsync();
        });
        await using ScuAssociation scu = await ConnectAsync(server);
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => FirstAsync(scu));
        Assert.Equal(NetworkFault.Protocol, fault.Fault);
        Assert.IsType<DicomFormatException>(fault.InnerException);
    }

    [Fact]
    public async Task CountsThatLie_AreReportedAsTheyWereSaid()
    {
        await using RawServer server = RawServer.Accepting(async peer =>
        {
            await peer.ReadPduAsync();
            CommandSet response = new(CommandField.CMoveRsp)
            {
                MessageIdBeingRespondedTo = 1, HasDataSet = false, Status = DimseStatus.Success,
                NumberOfRemainingSuboperations = 65535, NumberOfCompletedSuboperations = 65535, NumberOfFailedSuboperations = 65535, NumberOfWarningSuboperations = 1,
            };
            await peer.SendAsync(RawPeer.Data(new Pdv(7, true, true, response.Write())));
            await peer.EndsAsync();
        });
        await using ScuAssociation scu = await ConnectAsync(server);
        RetrieveOutcome outcome = await scu.MoveAsync(Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY"), "DEST", null, Peers.Soon);
        Assert.Equal(new SubOperations(65535, 65535, 65535, 1), outcome.SubOperations);
    }

    [Fact]
    public async Task Answer_CutAtEveryByte_IsATypedFault()
    {
        byte[] answer = Response(CommandField.CEchoRsp, 1, DimseStatus.Success);
        for (int length = 0; length < answer.Length; length++)
        {
            byte[] cut = answer[..length];
            bool resets = length % 2 == 0;
            await using RawServer server = RawServer.Accepting(async peer =>
            {
                await peer.ReadPduAsync();
                await peer.SendAsync(cut);
                if (resets)
                {
                    peer.Reset();
                }
            });
            await using ScuAssociation scu = await ConnectAsync(server);
            DicomNetworkException fault = await Assert.ThrowsAnyAsync<DicomNetworkException>(() => scu.EchoAsync(Peers.Soon));
            Assert.Equal(NetworkFault.Closed, fault.Fault);
        }
    }

    [Fact]
    public async Task Acceptance_MutatedBySeed_IsUsedOrRefused()
    {
        byte[] acceptance = PduWriter.Write(new Pdu.AssociateAc("SCP", "SCU", PduWriter.DicomApplicationContext,
            [.. Enumerable.Range(0, 4).Select(number => new PresentationContextAnswer((byte)(2 * number + 1), PresentationResult.Acceptance, Uids.ImplicitVrLittleEndian))],
            new UserInformation(16384, "1.2.3", "NAME")));
        for (int seed = 0; seed < 150; seed++)
        {
            byte[] mutant = Mutator.Pdu(acceptance, acceptance, new Random(seed));
            await using RawServer server = new(async peer =>
            {
                await peer.ReadPduAsync();
                await peer.SendAsync([.. mutant, .. Response(CommandField.CEchoRsp, 1, DimseStatus.Success)]);
            });
            Exception? fault = await Record.ExceptionAsync(async () =>
            {
                await using ScuAssociation scu = await ConnectAsync(server, options => options with { NegotiationTimeout = TimeSpan.FromSeconds(5), ResponseTimeout = TimeSpan.FromSeconds(5) });
                await scu.EchoAsync(Peers.Soon);
            });
            Assert.True(fault is null or DicomNetworkException, $"seed {seed}: {fault}");
        }
    }

    private static Func<RawPeer, Task> PendingForEverAsync(bool isMove) => async peer =>
    {
        await peer.ReadPduAsync();
        byte[] identifier = DataSetWriter.ToBytes(Peers.Identifier("STUDY"), TransferSyntax.ImplicitVrLittleEndian);
        byte[] pending = isMove
            ? Response(CommandField.CMoveRsp, 1, DimseStatus.Pending, contextId: 7)
            : [.. Response(CommandField.CFindRsp, 1, DimseStatus.Pending, contextId: 5, hasDataSet: true), .. RawPeer.Data(new Pdv(5, false, true, identifier))];
        using CancellationTokenSource deadline = new(Deadline);
        Task<bool> ended = peer.EndsAsync();
        while (!deadline.IsCancellationRequested && !ended.IsCompleted)
        {
            await peer.SendAsync(pending);
        }
    };

    private static async Task AnswerAsync(RawPeer peer, CommandField field, ushort id, DimseStatus? status)
    {
        await peer.ReadPduAsync();
        await peer.SendAsync(Response(field, id, status));
        await peer.EndsAsync();
    }

    private static byte[] Response(CommandField field, ushort id, DimseStatus? status, byte contextId = 1, bool hasDataSet = false) => RawPeer.Data(new Pdv(contextId, true, true,
        new CommandSet(field) { AffectedSopClassUid = Uids.Verification, MessageId = status is null ? id : null, MessageIdBeingRespondedTo = id, HasDataSet = hasDataSet, Status = status }.Write()));

    private static async Task<DataSet?> FirstAsync(ScuAssociation scu)
    {
        await foreach (DataSet match in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), Peers.Soon))
        {
            return match;
        }

        return null;
    }

    /// <summary>Contexts 1 verification, 3 storage, 5 find, 7 move.</summary>
    private static Task<ScuAssociation> ConnectAsync(RawServer server, Func<AssociationOptions, AssociationOptions>? more = null)
    {
        AssociationOptions options = Peers.Calling(server.EndPoint, new ProposedContext(Uids.Verification, TransferSyntax.ImplicitVrLittleEndian),
            new ProposedContext(Uids.CtImageStorage, TransferSyntax.ImplicitVrLittleEndian),
            new ProposedContext(Uids.StudyRootQueryRetrieveInformationModelFind, TransferSyntax.ImplicitVrLittleEndian),
            new ProposedContext(Uids.StudyRootQueryRetrieveInformationModelMove, TransferSyntax.ImplicitVrLittleEndian));
        return ScuAssociation.ConnectAsync(more?.Invoke(options) ?? options, Peers.Soon);
    }

    private sealed class Progress(Action seen) : IProgress<SubOperations>
    {
        public void Report(SubOperations value) => seen();
    }
}
