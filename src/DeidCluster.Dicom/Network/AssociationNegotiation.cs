using System.Net.Sockets;

namespace DeidCluster.Dicom;

/// <summary>Opens associations: TCP connection and A-ASSOCIATE (PS3.8 7.1), as the side that asks.</summary>
internal static class AssociationNegotiation
{
    /// <summary>Connects to the peer of <paramref name="options"/> and agrees with it; disposes everything when that fails.</summary>
    public static async Task<Association> RequestAsync(AssociationOptions options, CancellationToken ct)
    {
        string peer = $"{options.CalledAeTitle} at {options.Host}:{options.Port}";
        Pdu.AssociateRq request = Request(options);
        Socket socket = await ConnectAsync(options, peer, ct).ConfigureAwait(false);
        PduStream? pdus = null;
        try
        {
            Stream stream = new NetworkStream(socket, ownsSocket: false);
            if (options.Secure is not null)
            {
                stream = await options.Secure(stream, ct).ConfigureAwait(false);
            }

            pdus = new PduStream(stream, socket, peer, options.Clock);
            await pdus.WriteAsync(PduWriter.Write(request), options.NegotiationTimeout, ct).ConfigureAwait(false);
            Pdu.AssociateAc answer = await AnswerAsync(pdus, options, peer, ct).ConfigureAwait(false);
            return new Association(pdus, peer, Accepted(request, answer), options.PduBytesMax, answer.UserInformation.PduBytesMax, options.ResponseTimeout);
        }
        catch
        {
            await (pdus?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            socket.Dispose();
            throw;
        }
    }

    private static Pdu.AssociateRq Request(AssociationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.PresentationContexts.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.PresentationContexts.Count, PduLimits.PresentationContextsMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PduBytesMax, PduLimits.PduBytesMin);
        return new Pdu.AssociateRq(
            AeTitle.Checked(options.CalledAeTitle),
            AeTitle.Checked(options.CallingAeTitle),
            PduWriter.DicomApplicationContext,
            [.. options.PresentationContexts.Select((context, index) => new PresentationContext(
                (byte)(2 * index + 1), context.AbstractSyntax, [.. context.TransferSyntaxes.Select(transferSyntax => transferSyntax.Uid)]))],
            Implementation.UserInformation(options.PduBytesMax, Roles(options.PresentationContexts)));
    }

    /// <summary>What differs from the default role, once for each SOP class (PS3.7 D.3.3.4).</summary>
    private static List<RoleSelection> Roles(IReadOnlyList<ProposedContext> contexts) => [.. contexts
        .GroupBy(context => context.AbstractSyntax)
        .Select(sopClass => new RoleSelection(sopClass.Key, sopClass.Aggregate(RequestorRoles.None, (roles, context) => roles | context.Roles)))
        .Where(selection => selection.Roles != RequestorRoles.Scu)];

    private static async Task<Socket> ConnectAsync(AssociationOptions options, string peer, CancellationToken ct)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Deadline connecting = new(options.Clock);
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, connecting.Start(options.ConnectTimeout, ct)).ConfigureAwait(false);
            return socket;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            socket.Dispose();
            throw new DicomNetworkException(NetworkFault.Timeout, $"{peer} could not be connected within {options.ConnectTimeout}");
        }
        catch (SocketException fault)
        {
            socket.Dispose();
            throw new DicomNetworkException(NetworkFault.Unreachable, $"{peer} cannot be reached ({fault.SocketErrorCode})", fault);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
        finally
        {
            connecting.Stop();
        }
    }

    private static async Task<Pdu.AssociateAc> AnswerAsync(PduStream pdus, AssociationOptions options, string peer, CancellationToken ct)
    {
        try
        {
            return await pdus.ReadAsync(options.NegotiationTimeout, ct).ConfigureAwait(false) switch
            {
                Pdu.AssociateAc answer => answer,
                Pdu.AssociateRj rejection => throw new AssociationRejectedException(
                    peer, new AssociationRejection(rejection.Result, rejection.Source, rejection.Reason)),
                Pdu.Abort abort => throw new AssociationAbortedException(peer, abort.Source, abort.Reason),
                null => throw new DicomNetworkException(NetworkFault.Closed, $"{peer} closed the connection instead of answering"),
                _ => throw new DicomNetworkException(NetworkFault.Protocol, $"{peer} answered with another PDU"),
            };
        }
        catch (DicomFormatException fault)
        {
            throw new DicomNetworkException(NetworkFault.Protocol, $"{peer} answered with a malformed PDU: {fault.Message}", fault);
        }
    }

    private static List<AcceptedContext> Accepted(Pdu.AssociateRq request, Pdu.AssociateAc answer)
    {
        List<AcceptedContext> accepted = [];
        foreach (PresentationContextAnswer context in answer.PresentationContexts.Where(context => context.Result == PresentationResult.Acceptance))
        {
            PresentationContext? proposed = request.PresentationContexts.FirstOrDefault(proposed => proposed.Id == context.Id);
            if (proposed is not null && proposed.TransferSyntaxes.Contains(context.TransferSyntax) && TransferSyntax.Find(context.TransferSyntax) is TransferSyntax agreed)
            {
                accepted.Add(new AcceptedContext(context.Id, proposed.AbstractSyntax, agreed) { Roles = Agreed(proposed.AbstractSyntax, request, answer) });
            }
        }

        return accepted;
    }

    // An acceptor that does not answer a role selection leaves the default roles; it cannot grant what was not proposed (PS3.7 D.3.3.4.2).
    private static RequestorRoles Agreed(string sopClassUid, Pdu.AssociateRq request, Pdu.AssociateAc answer) =>
        request.UserInformation.RolesOf(sopClassUid) is RequestorRoles proposed && answer.UserInformation.RolesOf(sopClassUid) is RequestorRoles granted
            ? proposed & granted
            : RequestorRoles.Scu;
}
