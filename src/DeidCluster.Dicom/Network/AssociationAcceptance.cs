using System.Net;

namespace DeidCluster.Dicom;

/// <summary>Answers a request for an association (PS3.8 7.1), as the side that is asked.</summary>
internal sealed class AssociationAcceptance(ListenerOptions options, IScpHandler handler)
{
    private static readonly string[] QueryRetrieveSopClasses =
    [
        Uids.PatientRootQueryRetrieveInformationModelFind, Uids.PatientRootQueryRetrieveInformationModelMove,
        Uids.StudyRootQueryRetrieveInformationModelFind, Uids.StudyRootQueryRetrieveInformationModelMove,
    ];

    /// <summary>
    /// Reads the request from <paramref name="pdus"/> and answers it. Null when the peer asked for nothing or was refused; the refusal
    /// has been sent and taken then.
    /// </summary>
    public async Task<(Association Association, AssociationRequest Request)?> AcceptAsync(PduStream pdus, IPEndPoint remote, bool isFull, CancellationToken ct)
    {
        if (await ReadRequestAsync(pdus, remote, ct).ConfigureAwait(false) is not Pdu.AssociateRq asked)
        {
            return null;
        }

        AssociationRequest request = new(
            asked.CallingAeTitle, asked.CalledAeTitle, remote, asked.PresentationContexts, asked.UserInformation.ImplementationVersionName);
        if (await RejectionAsync(asked, request, isFull, ct).ConfigureAwait(false) is AssociationRejection rejection)
        {
            Pdu answer = new Pdu.AssociateRj(rejection.Result, rejection.Source, rejection.Reason);
            await EndAsync(pdus, answer, ct).ConfigureAwait(false);
            return null;
        }

        List<PresentationContextAnswer> answers = [.. asked.PresentationContexts.Select(context => Answer(context, Granted(context.AbstractSyntax, asked)))];
        List<RoleSelection> roles = [.. asked.UserInformation.Roles
            .Select(role => role.SopClassUid).Distinct()
            .Select(sopClassUid => new RoleSelection(sopClassUid, Granted(sopClassUid, asked)))];
        Pdu.AssociateAc accepted = new(
            asked.CalledAeTitle, asked.CallingAeTitle, PduWriter.DicomApplicationContext, answers, Implementation.UserInformation(options.PduBytesMax, roles));
        await pdus.WriteAsync(PduWriter.Write(accepted), options.DataTimeout, ct).ConfigureAwait(false);
        return (new Association(
            pdus, $"{asked.CallingAeTitle} at {remote}", Contexts(asked, answers),
            options.PduBytesMax, asked.UserInformation.PduBytesMax, options.DataTimeout), request);
    }

    private async Task<Pdu.AssociateRq?> ReadRequestAsync(PduStream pdus, IPEndPoint remote, CancellationToken ct)
    {
        try
        {
            switch (await pdus.ReadAsync(options.ArtimTimeout, ct).ConfigureAwait(false))
            {
                case Pdu.AssociateRq asked:
                    return asked;
                case null or Pdu.Abort:
                    return null; // a port probe, or a peer that changed its mind
                default:
                    await EndAsync(pdus, new Pdu.Abort(Source: 2, Reason: 2), ct).ConfigureAwait(false);
                    throw new DicomNetworkException(NetworkFault.Protocol, $"{remote} sent another PDU than a request for an association");
            }
        }
        catch (DicomFormatException fault)
        {
            await EndAsync(pdus, new Pdu.Abort(Source: 2, Reason: 6), ct).ConfigureAwait(false);
            throw new DicomNetworkException(NetworkFault.Protocol, $"{remote} sent a malformed request for an association: {fault.Message}", fault);
        }
    }

    private async Task EndAsync(PduStream pdus, Pdu last, CancellationToken ct)
    {
        await pdus.WriteAsync(PduWriter.Write(last), options.DataTimeout, ct).ConfigureAwait(false);
        await pdus.DiscardUntilClosedAsync(options.ArtimTimeout, ct).ConfigureAwait(false);
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

        if (options.AllowedCallingAeTitles?.Contains(asked.CallingAeTitle) == false)
        {
            return AssociationRejection.CallingAeTitleNotRecognized;
        }

        return await handler.AcceptAsync(request, ct).ConfigureAwait(false);
    }

    /// <summary>The roles that the requestor gets: of those it proposes, or of the default, the ones that are served here.</summary>
    private RequestorRoles Granted(string sopClassUid, Pdu.AssociateRq asked)
    {
        RequestorRoles offered = (Offers(sopClassUid) ? RequestorRoles.Scu : 0) | (options.GrantsScpRole(sopClassUid) ? RequestorRoles.Scp : 0);
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
        if (QueryRetrieveSopClasses.Contains(proposed.AbstractSyntax))
        {
            known.RemoveAll(syntax => syntax.IsBigEndian || syntax.IsDeflated || syntax.IsEncapsulated); // identifiers are built in memory
        }

        return options.PreferredTransferSyntaxes.FirstOrDefault(known.Contains)
            ?? known.OrderBy(syntax => syntax.IsBigEndian).FirstOrDefault();
    }

    private bool Offers(string sopClassUid) => sopClassUid switch
    {
        Uids.Verification => options.Operations.HasFlag(ScpOperations.Echo),
        _ when QueryRetrieveSopClasses.Contains(sopClassUid) => options.Operations.HasFlag(ScpOperations.QueryRetrieve),
        _ => options.Operations.HasFlag(ScpOperations.Store) && IsStored(sopClassUid),
    };

    // What the standard names and is not storage (worklists, printing, C-GET ...) is not offered.
    private bool IsStored(string sopClassUid) => UidDictionary.Name(sopClassUid) is string name
        ? name.Contains("Storage", StringComparison.Ordinal) && !name.Contains("Storage Commitment", StringComparison.Ordinal)
        : options.AcceptsUnknownSopClasses;

    private List<AcceptedContext> Contexts(Pdu.AssociateRq asked, IReadOnlyList<PresentationContextAnswer> answers) =>
        [.. asked.PresentationContexts.Zip(answers)
            .Where(pair => pair.Second.Result == PresentationResult.Acceptance)
            .Select(pair => new AcceptedContext(pair.First.Id, pair.First.AbstractSyntax, TransferSyntax.Find(pair.Second.TransferSyntax)!)
            {
                Roles = Granted(pair.First.AbstractSyntax, asked),
            })];
}
