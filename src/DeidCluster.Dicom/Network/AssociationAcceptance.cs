using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>Answers a request for an association (PS3.8 7.1), as the side that is asked.</summary>
internal sealed class AssociationAcceptance(ListenerOptions options, IScpHandler handler)
{
    private const string StorageServiceClassUid = "1.2.840.10008.4.2";

    /// <summary>
    /// Reads the request that comes on <paramref name="upper"/> and answers it. Null when the peer asked for nothing or was refused; the
    /// refusal has been sent and taken then. <paramref name="isFull"/> is asked once, when the request is there.
    /// </summary>
    public async Task<(Association Association, AssociationRequest Request)?> AcceptAsync(
        UpperLayer upper, IPEndPoint remote, X509Certificate2? certificate, Func<bool> isFull, CancellationToken ct)
    {
        upper.On(UpperLayerEvent.TransportAccepted);
        (UpperLayerAction action, RawPdu pdu) = await upper.ReceiveAsync(options.ArtimTimeout, ct).ConfigureAwait(false);
        if (action != UpperLayerAction.AE6)
        {
            return null; // a port probe, or a peer that changed its mind
        }

        Pdu.AssociateRq asked = await upper.DecodeAsync<Pdu.AssociateRq>(pdu).ConfigureAwait(false);
        upper.Peer = $"{asked.CallingAeTitle} at {remote}";
        AssociationRequest request = new(
            asked.CallingAeTitle, asked.CalledAeTitle, remote, asked.PresentationContexts, asked.UserInformation.ImplementationVersionName)
        {
            ImplementationClassUid = asked.UserInformation.ImplementationClassUid,
            ExtendedNegotiations = [.. asked.UserInformation.ExtendedNegotiations.Select(options.AnswersExtended).OfType<ExtendedNegotiation>()],
            UserIdentity = asked.UserInformation.UserIdentity,
            Certificate = certificate,
        };
        AssociationRejection? rejection = await RejectionAsync(asked, request, isFull(), ct).ConfigureAwait(false);
        IdentityVerdict identity = default;
        if (rejection is null && request.UserIdentity is not null)
        {
            identity = await handler.CheckIdentityAsync(request, request.UserIdentity, ct).ConfigureAwait(false);
            rejection = identity.IsRefused ? AssociationRejection.NotAuthorized : null;
        }

        if (rejection is AssociationRejection refused)
        {
            string title = AeTitle.IsValid(asked.CallingAeTitle) ? asked.CallingAeTitle : "what is no AE title";
            handler.Faulted(request, new DicomNetworkException(NetworkFault.Rejected, $"{request.RemoteEndPoint}, calling itself {title}, was rejected ({refused})"));
            Pdu answer = new Pdu.AssociateRj(refused.Result, refused.Source, refused.Reason);
            await upper.SendAsync(UpperLayerEvent.AssociateReject, PduWriter.Write(answer), options.DataTimeout, ct).ConfigureAwait(false);
            await upper.AwaitCloseAsync(ct).ConfigureAwait(false);
            return null;
        }

        return (await AcceptAsync(upper, asked, request, identity, ct).ConfigureAwait(false), request);
    }

    private async Task<Association> AcceptAsync(UpperLayer upper, Pdu.AssociateRq asked, AssociationRequest request, IdentityVerdict identity, CancellationToken ct)
    {
        List<PresentationContextAnswer> answers = [.. asked.PresentationContexts.Select(context => Answer(context, Granted(context.AbstractSyntax, asked)))];
        OperationsWindow? window = asked.UserInformation.OperationsWindow is OperationsWindow proposed
            ? new OperationsWindow(OperationsWindow.Smaller(proposed.InvokedMax, options.OperationsMax), 1)
            : null;
        UserInformation user = Implementation.UserInformation(options.PduBytesMax) with
        {
            OperationsWindow = window,
            Roles = [.. asked.UserInformation.Roles
                .Select(role => role.SopClassUid).Distinct()
                .Select(sopClassUid => new RoleSelection(sopClassUid, Granted(sopClassUid, asked)))],
            ExtendedNegotiations = request.ExtendedNegotiations,
            UserIdentityResponse = request.UserIdentity?.AsksForResponse == true ? identity.Response : null,
        };
        Pdu.AssociateAc accepted = new(asked.CalledAeTitle, asked.CallingAeTitle, PduWriter.DicomApplicationContext, answers, user);
        await upper.SendAsync(UpperLayerEvent.AssociateAccept, PduWriter.Write(accepted), options.DataTimeout, ct).ConfigureAwait(false);
        AgreedTerms terms = new(
            Contexts(asked, answers), options.PduBytesMax, asked.UserInformation.PduBytesMax, window ?? OperationsWindow.Synchronous);
        return new Association(upper, terms, options.DataTimeout);
    }

    private async ValueTask<AssociationRejection?> RejectionAsync(Pdu.AssociateRq asked, AssociationRequest request, bool isFull, CancellationToken ct)
    {
        if (isFull)
        {
            return AssociationRejection.LocalLimitExceeded;
        }

        if (asked.ApplicationContextName != PduWriter.DicomApplicationContext)
        {
            return AssociationRejection.ApplicationContextNotSupported;
        }

        if (options.RequiresCalledAeTitle && asked.CalledAeTitle != options.AeTitle)
        {
            return AssociationRejection.CalledAeTitleNotRecognized;
        }

        if (!options.AllowedPeers.Allows(asked.CallingAeTitle, request.RemoteEndPoint.Address, request.Certificate))
        {
            return AssociationRejection.CallingAeTitleNotRecognized;
        }

        return await handler.AcceptAsync(request, ct).ConfigureAwait(false);
    }

    /// <summary>The roles that the requestor gets: of those it proposes, or of the default, the ones that are served here.</summary>
    private RequestorRoles Granted(string sopClassUid, Pdu.AssociateRq asked)
    {
        RequestorRoles offered = (Offers(sopClassUid, asked.UserInformation) ? RequestorRoles.Scu : 0) | (GrantsScpRole(sopClassUid, asked.UserInformation) ? RequestorRoles.Scp : 0);
        return offered & (asked.UserInformation.RolesOf(sopClassUid) ?? RequestorRoles.Scu);
    }

    private PresentationContextAnswer Answer(PresentationContext proposed, RequestorRoles granted)
    {
        if (granted == RequestorRoles.None)
        {
            return new PresentationContextAnswer(proposed.Id, PresentationResult.AbstractSyntaxNotSupported, Uids.ImplicitVrLittleEndian);
        }

        return Agreed(proposed) is TransferSyntax agreed
            ? new PresentationContextAnswer(proposed.Id, PresentationResult.Acceptance, agreed.Uid)
            : new PresentationContextAnswer(proposed.Id, PresentationResult.TransferSyntaxesNotSupported, Uids.ImplicitVrLittleEndian);
    }

    private TransferSyntax? Agreed(PresentationContext proposed)
    {
        List<TransferSyntax> known = [.. proposed.TransferSyntaxes.Select(TransferSyntax.Find).OfType<TransferSyntax>()];
        if (QueryModel.Of(proposed.AbstractSyntax) is not null || proposed.AbstractSyntax == Uids.StorageCommitmentPushModel)
        {
            known.RemoveAll(syntax => syntax.IsBigEndian || syntax.IsDeflated || syntax.IsEncapsulated); // these data sets are built in memory
        }

        return options.PreferredTransferSyntaxes.FirstOrDefault(known.Contains)
            ?? known.OrderBy(syntax => syntax.IsBigEndian).FirstOrDefault();
    }

    private bool Offers(string sopClassUid, UserInformation requestor) => sopClassUid switch
    {
        Uids.Verification => options.Operations.HasFlag(ScpOperations.Echo),
        Uids.StorageCommitmentPushModel => options.Operations.HasFlag(ScpOperations.StorageCommitment),
        _ when QueryModel.Of(sopClassUid) is QueryModel model => options.Operations.HasFlag(sopClassUid == model.Get ? ScpOperations.Get : ScpOperations.QueryRetrieve),
        _ => options.Operations.HasFlag(ScpOperations.Store) && IsStored(sopClassUid, requestor),
    };

    /// <summary>C-GET needs a peer that is the provider of what it gets.</summary>
    private bool GrantsScpRole(string sopClassUid, UserInformation requestor) => options.GrantsScpRole(sopClassUid)
        || (options.Operations.HasFlag(ScpOperations.Get) && IsStored(sopClassUid, requestor));

    // What the standard names and is not storage (worklists, printing, C-GET ...) is not offered. Of what it does not name, the peer
    // may say that its service class is storage (PS3.7 D.3.3.6).
    private bool IsStored(string sopClassUid, UserInformation requestor) => UidDictionary.Find(sopClassUid) is not null
        ? StorageSopClasses.Contains(sopClassUid)
        : options.OtherStorageSopClasses.Contains(sopClassUid) || options.AcceptsUnknownSopClasses
            || requestor.CommonExtendedNegotiations.Any(common => common.SopClassUid == sopClassUid && common.ServiceClassUid == StorageServiceClassUid);

    private List<AcceptedContext> Contexts(Pdu.AssociateRq asked, IReadOnlyList<PresentationContextAnswer> answers) =>
        [.. asked.PresentationContexts.Zip(answers)
            .Where(pair => pair.Second.Result == PresentationResult.Acceptance)
            .Select(pair => new AcceptedContext(pair.First.Id, pair.First.AbstractSyntax, TransferSyntax.Find(pair.Second.TransferSyntax)!)
            {
                Roles = Granted(pair.First.AbstractSyntax, asked),
            })];
}
