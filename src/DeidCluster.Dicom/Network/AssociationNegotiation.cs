using System.Net.Sockets;

namespace DeidCluster.Dicom;

/// <summary>An association that was made, and what the acceptor said beyond its terms.</summary>
/// <param name="Association">The association.</param>
/// <param name="Acceptor">The acceptor's user information.</param>
internal sealed record RequestedAssociation(Association Association, UserInformation Acceptor);

/// <summary>Opens associations: TCP connection and A-ASSOCIATE (PS3.8 7.1), as the side that asks.</summary>
internal static class AssociationNegotiation
{
    /// <summary>Connects to the peer of <paramref name="options"/> and agrees with it; disposes everything when that fails.</summary>
    public static async Task<RequestedAssociation> RequestAsync(AssociationOptions options, CancellationToken ct)
    {
        string peer = $"{options.CalledAeTitle} at {options.Host}:{options.Port}";
        Pdu.AssociateRq request = Request(options);
        Socket socket = await ConnectAsync(options, peer, ct).ConfigureAwait(false);
        UpperLayer? upper = null;
        try
        {
            Stream stream = options.Tls is TlsOptions tls
                ? await TlsHandshake.AsUserAsync(socket, tls, options.Host, peer, options.Clock, options.NegotiationTimeout, ct).ConfigureAwait(false)
                : new NetworkStream(socket, ownsSocket: false);
            upper = new UpperLayer(new PduStream(stream, socket, peer, options.Clock), isRequestor: true, options.NegotiationTimeout);
            return await AgreeAsync(upper, options, request, ct).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            if (upper is not null)
            {
                await upper.AbortAsync().ConfigureAwait(false); // a peer that is slow to answer must not keep an association that nobody uses
                await upper.DisposeAsync().ConfigureAwait(false);
            }

            socket.Dispose();
            if (options.Tls is not null && fault is DicomNetworkException closed && TlsHandshake.RefusalOf(closed, peer) is TlsException refusal)
            {
                throw refusal;
            }

            throw;
        }
    }

    private static async Task<RequestedAssociation> AgreeAsync(UpperLayer upper, AssociationOptions options, Pdu.AssociateRq request, CancellationToken ct)
    {
        upper.On(UpperLayerEvent.AssociateRequest);
        await upper.SendAsync(UpperLayerEvent.TransportConnected, PduWriter.Write(request), options.NegotiationTimeout, ct).ConfigureAwait(false);
        (UpperLayerAction action, RawPdu pdu) = await upper.ReceiveAsync(options.NegotiationTimeout, ct).ConfigureAwait(false);
        if (action == UpperLayerAction.AE4)
        {
            Pdu.AssociateRj rejection = await upper.DecodeAsync<Pdu.AssociateRj>(pdu).ConfigureAwait(false);
            throw new AssociationRejectedException(upper.Peer, new AssociationRejection(rejection.Result, rejection.Source, rejection.Reason));
        }

        Pdu.AssociateAc answer = await upper.DecodeAsync<Pdu.AssociateAc>(pdu).ConfigureAwait(false);
        UserInformation acceptor = answer.UserInformation;
        OperationsWindow window = request.UserInformation.OperationsWindow is OperationsWindow proposed && acceptor.OperationsWindow is OperationsWindow granted
            ? new OperationsWindow(OperationsWindow.Smaller(proposed.InvokedMax, granted.InvokedMax), OperationsWindow.Smaller(proposed.PerformedMax, granted.PerformedMax))
            : OperationsWindow.Synchronous;
        AgreedTerms terms = new(Accepted(request, answer), options.PduBytesMax, acceptor.PduBytesMax, window);
        return new RequestedAssociation(new Association(upper, terms, options.ResponseTimeout), acceptor);
    }

    private static Pdu.AssociateRq Request(AssociationOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.PresentationContexts.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.PresentationContexts.Count, PduLimits.PresentationContextsMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PduBytesMax, PduLimits.PduBytesMin);
        ArgumentOutOfRangeException.ThrowIfZero(options.OperationsMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            (options.UserIdentity?.Primary.Length + options.UserIdentity?.Secondary.Length) ?? 0, PduLimits.UserIdentityBytesMax, nameof(options.UserIdentity));
        return new Pdu.AssociateRq(
            AeTitle.Checked(options.CalledAeTitle),
            AeTitle.Checked(options.CallingAeTitle),
            PduWriter.DicomApplicationContext,
            [.. options.PresentationContexts.Select((context, index) => new PresentationContext(
                (byte)(2 * index + 1), context.AbstractSyntax, [.. context.TransferSyntaxes.Select(transferSyntax => transferSyntax.Uid)]))],
            Implementation.UserInformation(options.PduBytesMax) with
            {
                OperationsWindow = options.OperationsMax > 1 ? new OperationsWindow(options.OperationsMax, 1) : null,
                Roles = Roles(options.PresentationContexts),
                ExtendedNegotiations = options.ExtendedNegotiations,
                UserIdentity = options.UserIdentity,
            });
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
