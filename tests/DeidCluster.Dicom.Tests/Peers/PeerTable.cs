using System.Text;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>What is shown with which real peer, and by which test of this assembly.</summary>
internal static class PeerTable
{
    private const string Dcmtk = "DCMTK 3.6.7";
    private const string Orthanc = "Orthanc 1.10.1";
    private const string Gdcm = "GDCM 3.0.21";
    private const string Pydicom = "pydicom 2.3.1";
    private const string Other = "others";

    private static readonly string[] Peers = [Dcmtk, Orthanc, Gdcm, Pydicom, Other];

    /// <summary>A cell: the capability, the peer, what of it was used, and the test as Class.Method.</summary>
    internal sealed record Cell(string Capability, string Peer, string Used, string Test);

    /// <summary>Every cell, in the order of the page.</summary>
    public static IReadOnlyList<Cell> Cells { get; } =
    [
        new("Verification, our provider", Dcmtk, "echoscu", "StorePeerTests.AeTitles_OfSixteenCharactersAndWithSpaces_AreMet"),
        new("Verification, our user", Dcmtk, "storescp", "StorePeerTests.AeTitles_OfSixteenCharactersAndWithSpaces_AreMet"),
        new("C-STORE in 12 transfer syntaxes, our provider", Dcmtk, "storescu -xi -xe -xb -xd -xy -xx -xs -xt -xu -xv -xw -xr", "StorePeerTests.Storescu_InEverySyntax_ToOurListener_ArrivesAsItWasSent"),
        new("C-STORE in 12 transfer syntaxes, our user", Dcmtk, "storescp +xi +xe +xb +xd +xy +xx +xs +xt +xu +xv +xw +xr", "StorePeerTests.OurSender_InEverySyntax_ToStorescpThatPrefersIt_ArrivesAsItWasSent"),
        new("C-STORE that transcodes, our user", Dcmtk, "storescp +xi", "StorePeerTests.OurSender_ToStorescpThatTakesImplicitVrOnly_Transcodes_OrSaysWhyNot"),
        new("C-STORE, our provider, sender's options", Dcmtk, "storescu --repeat +II +IP +C -R --abort -up", "StorePeerTests.Storescu_RepeatsInventsCombinesAndAborts_AndOurListenerGoesOn"),
        new("C-STORE, our provider, several files", Dcmtk, "dcmsend", "StorePeerTests.Dcmsend_OfSeveralSyntaxes_ToOurListener_ReportsSuccess"),
        new("C-STORE, durable, several associations", Dcmtk, "storescu", "StorageFolderTests.Store_FromDcmtk_OverSeveralAssociations_KeepsEveryInstance_ByteByByte"),
        new("PDU lengths 128 to 131072, odd ones too, both ways", Dcmtk, "storescu, storescp -pdu", "StorePeerTests.PduLengths_OfEverySizeThatDcmtkHas_BothWays_CarryTheSameBytes"),
        new("AE titles of 16 characters and with spaces", Dcmtk, "echoscu, storescp", "StorePeerTests.AeTitles_OfSixteenCharactersAndWithSpaces_AreMet"),
        new("C-FIND, C-MOVE and C-STORE, our user", Dcmtk, "dcmqrscp", "DcmtkTests.OurFindMoveAndStore_WithDcmqrscp_DoWhatTheArchiveSays"),
        new("C-FIND, C-MOVE and C-STORE, our user", Orthanc, "DIMSE", "OrthancTests.StoreFindAndMove_WithOrthanc_GiveBackWhatWasStored"),
        new("C-ECHO, C-STORE, C-FIND and C-MOVE, our provider", Dcmtk, "echoscu, storescu, findscu, movescu", "DcmtkTests.DcmtkUsers_WithOurArchive_StoreFindAndMove"),
        new("C-MOVE to an unknown destination, our provider", Dcmtk, "movescu", "DcmtkTests.Movescu_ToADestinationOurArchiveDoesNotKnow_IsTold"),
        new("C-GET, our provider", Dcmtk, "getscu +B", "GetPeerTests.Getscu_FromOurArchive_ReceivesEachInstanceByteByByte"),
        new("C-GET, our user", Dcmtk, "dcmqrscp", "GetPeerTests.OurUser_FromDcmqrscp_ReceivesEachInstance"),
        new("C-GET, our user", Orthanc, "DIMSE", "GetPeerTests.OurUser_FromOrthanc_ReceivesEachInstance"),
        new("C-CANCEL, our provider", Dcmtk, "findscu --cancel", "CancelPeerTests.Findscu_ThatCancels_StopsOurProvider_AndIsToldSo"),
        new("C-CANCEL, our provider", Dcmtk, "movescu --cancel", "CancelPeerTests.Movescu_ThatCancels_StopsOurProvider_AndIsToldHowFarItCame"),
        new("C-CANCEL of a C-FIND, our user", Dcmtk, "dcmqrscp", "CancelPeerTests.OurUser_ThatLeavesAQuery_CancelsItAtDcmqrscp_AndGoesOnWithTheAssociation"),
        new("C-CANCEL of a C-GET, our user", Dcmtk, "dcmqrscp", "CancelPeerTests.OurUser_ThatCancelsARetrieval_StopsDcmqrscp_AndGoesOnWithTheAssociation"),
        new("C-CANCEL of a C-FIND, our user", Orthanc, "DIMSE", "CancelPeerTests.OurUser_ThatLeavesAQuery_CancelsItAtOrthanc_AndGoesOnWithTheAssociation"),
        new("Storage commitment, our user", Orthanc, "DIMSE", "CommitmentTests.OurUser_WithOrthancAsTheArchive_LearnsWhatIsSafe"),
        new("Storage commitment, our provider", Orthanc, "as the user", "CommitmentTests.Orthanc_WithOurArchive_LearnsWhatIsSafe"),
        new("SCP/SCU role selection", Dcmtk, "dcmqrscp", "RoleTests.Dcmqrscp_AskedForTheScpRole_GrantsIt"),
        new("Asynchronous operations, proposed to peers that know none", Dcmtk, "storescp", "OperationsWindowTests.PeersThatKnowNoWindow_GetOneOperationAtATime"),
        new("Asynchronous operations, proposed to peers that know none", Orthanc, "DIMSE", "OperationsWindowTests.PeersThatKnowNoWindow_GetOneOperationAtATime"),
        new("User identity, our provider", Dcmtk, "storescu -usr -pwd -kt --saml --jwt", "UserIdentityTests.Storescu_WithEachIdentity_IsUnderstood"),
        new("TLS, our provider", Dcmtk, "echoscu, storescu +tls", "TlsTests.DcmtkUsers_WithTheirProfiles_AreServed"),
        new("TLS, our provider", Other, "openssl s_client", "TlsTests.Openssl_GetsModernProtocolsAndCiphersOnly"),
        new("C-MOVE to a destination through TLS, our provider", Dcmtk, "movescu, storescp +tls", "TlsTests.Movescu_HasOurProviderSendThroughMutualTls"),
        new("TLS, revocation lists", Other, "openssl ca -gencrl", "TlsTests.RevocationListOfOpenssl_RefusesWhatItNames_WhatItCannotTell_AndIsReadAgainWhenItChanged"),
        new("TLS, revocation lists", Dcmtk, "echoscu +tls", "TlsTests.RevocationListOfOpenssl_RefusesWhatItNames_WhatItCannotTell_AndIsReadAgainWhenItChanged"),
        new("Mutual TLS, our user", Dcmtk, "storescp +tls", "TlsTests.DcmtkProvider_WithMutualTls_TakesOurInstances_AndRefusesStrangers"),
        new("QIDO-RS, our user", Orthanc, "dicom-web 1.7", "OrthancWebTests.Find_AtEachLevel_GivesWhatWasStored"),
        new("WADO-RS, our user", Orthanc, "dicom-web 1.7", "OrthancWebTests.StoreThenRetrieve_OfAStudy_GivesBackTheBytes"),
        new("STOW-RS, our user, with a failing instance", Orthanc, "dicom-web 1.7", "OrthancWebTests.Store_WithOneBrokenInstance_KeepsTheOutcomeOfTheOthers"),
        new("DICOMweb, our provider", Orthanc, "dicom-web 1.7 as the user", "ArchiveWebTests.QueryRetrieveAndStore_WithOrthancAsTheUser_Work"),
        new("WADO-RS, our provider", Pydicom, "reads what curl retrieved", "ArchiveWebTests.Retrieve_WithCurl_CanBeReadWithPydicom"),
        new("WADO-RS, our provider", Other, "curl", "ArchiveWebTests.Retrieve_WithCurl_CanBeReadWithPydicom"),
        new("Files that we write are read", Dcmtk, "dcmdump", "DcmtkFileTests.Dcmdump_FilesInEachSyntax_ReadsTheirValues"),
        new("Files that we write are read", Pydicom, "every element equal", "WrittenFilePeerTests.Pydicom_ReadsGeneratedFilesThatWeWrote_AsItReadsTheirSources"),
        new("Sample files that we write", Pydicom, "every element equal", "WrittenFilePeerTests.Pydicom_ReadsSamplesThatWeWrote_AsItReadsTheirSources"),
        new("Sample files that we write", Dcmtk, "dcmdump, no new error", "WrittenFilePeerTests.DcmdumpGdcminfoAndDciodvfy_FindNoErrorThatTheSourceHadNot"),
        new("Sample files that we write", Gdcm, "gdcminfo, no new error", "WrittenFilePeerTests.DcmdumpGdcminfoAndDciodvfy_FindNoErrorThatTheSourceHadNot"),
        new("Sample files that we write", Other, "dciodvfy 20220618, no new error", "WrittenFilePeerTests.DcmdumpGdcminfoAndDciodvfy_FindNoErrorThatTheSourceHadNot"),
        new("Text to UTF-8, every character set", Dcmtk, "dcmconv +U8", "Utf8PeerTests.EverySet_ConvertedByDcmconv_IsTheTextThatWeConvert"),
        new("Text to UTF-8, samples", Dcmtk, "dcmconv +U8", "Utf8PeerTests.Samples_ConvertedByDcmconv_HaveTheTextThatWeConvert"),
        new("RLE Lossless, encoding", Dcmtk, "dcmdrle", "RlePeerTests.OurFrames_DecodedByDcmtkAndGdcm_AreTheSamePixels"),
        new("RLE Lossless, encoding", Gdcm, "gdcmconv", "RlePeerTests.OurFrames_DecodedByDcmtkAndGdcm_AreTheSamePixels"),
        new("RLE Lossless, decoding", Dcmtk, "dcmcrle", "RlePeerTests.FramesOfDcmtkAndGdcm_DecodedByUs_AreTheSamePixels"),
        new("RLE Lossless, decoding", Gdcm, "gdcmconv", "RlePeerTests.FramesOfDcmtkAndGdcm_DecodedByUs_AreTheSamePixels"),
        new("DICOMDIR, reading", Dcmtk, "dcmmkdir", "DicomDirectoryTests.DirectoryOfDcmtk_IsReadAsATree_AndItsFilesAreFound"),
        new("DICOMDIR, reading", Pydicom, "the same records", "DicomDirectoryTests.DirectoryOfDcmtk_HasTheRecordsThatPydicomSees"),
    ];

    /// <summary>The page.</summary>
    public static string Page()
    {
        StringBuilder page = new("""
            # Tested with real peers

            Each cell is a test that runs the named peer and ours against each other; it passes, or the test command fails. A peer that is not
            installed makes its tests say that they were skipped. This page is written from the table of tests (`DEID_WRITE_DOCS=1`) and a test
            fails when the two differ.


            """);
        page.Append("| Capability | ").AppendJoin(" | ", Peers).Append(" |\n|---|").AppendJoin('|', Peers.Select(_ => "---")).Append("|\n");
        foreach (IGrouping<string, Cell> row in Cells.GroupBy(cell => cell.Capability))
        {
            page.Append($"| {row.Key} | ").AppendJoin(" | ", Peers.Select(peer => string.Join(", ", row.Where(cell => cell.Peer == peer).Select(cell => cell.Used)))).Append(" |\n");
        }

        page.Append("\n## Which test shows it\n\n| Capability | Test |\n|---|---|\n");
        foreach ((string capability, string test) in Cells.Select(cell => (cell.Capability, cell.Test)).Distinct())
        {
            page.Append($"| {capability} | `{test}` |\n");
        }

        page.Append("""

            ## A whole node

            `deid node run` with its configuration, in the end-to-end tests; what is delivered is read with DCMTK and pydicom and searched for identifiers with grep.

            | Way | Peers | Test |
            |---|---|---|
            | C-FIND and C-MOVE, to a folder and by C-STORE | two Orthancs and a third | `RealArchivesTests.MainJob_TwoOrthancsToFolderAndOrthanc_EndsAsItMust` |
            | the same | dcmqrscp, storescp | `RealArchivesTests.MainJob_DcmqrscpToFolderAndStorescp_EndsAsItMust` |
            | C-GET from archives that do not know us | Orthanc, dcmqrscp | `RealArchivesTests.MainJob_GetFromArchivesThatDoNotKnowUs_EndsAsItMust` |
            | QIDO-RS and WADO-RS through HTTPS with both certificates and a password; C-FIND and C-MOVE through TLS with both certificates, in both directions; C-STORE through TLS | Orthanc behind Python's TLS, Orthanc, storescp | `RealArchivesTests.MainJob_DicomWebAndMoveThroughMutualTls_ToStorescpThroughTls_EndsAsItMust` |
            | the listener with TLS and a list of peers: no certificate, a strange one, an expired one, one off the list, another title, no TLS | echoscu, storescu +tls | `SecuredNodeTests.Listener_WithMutualTlsAndAllowedPeers_ServesDcmtk_AndRefusesEveryStrangerWithItsReason` |
            | archives that we cannot trust, or that do not trust us: root, name, certificate, password, token, no TLS | Orthanc, Python's TLS | `SecuredNodeTests.Archives_ThatCannotBeTrustedOrDoNotTrustUs_HoldTheirStudiesWithTheReason` |

            ## What no peer here can show

            | Capability | Tried | Shown instead |
            |---|---|---|
            | Several operations outstanding (PS3.7 D.3.3.3) | DCMTK 3.6.7 and Orthanc 1.10.1 answer no operations window, neither proposes one; pynetdicom is in none of the package sources at hand | between our two sides, on the wire: `OperationsWindowTests` |
            | Relational queries (PS3.4 C.5.1.1) | findscu, dcmqrscp and Orthanc negotiate no extended information; storescu's profile files can, for storage only | between our two sides: `QueryTests`, `OperationTests` |
            | Storage commitment reported on the association that asked | Orthanc opens a new association for its report; DCMTK 3.6.7 has no provider or user of it | between our two sides: `CommitmentTests` |
            | dcmqrscp, movescu and getscu through TLS | their 3.6.7 has no option for it | Orthanc's DICOM TLS, findscu, echoscu, storescu and storescp |
            | HTTPS of Orthanc itself | Debian's 1.10.1 ends with a segmentation fault at the first request (its web server meets OpenSSL 3) | Python's ssl module in front of it, as a proxy stands in front of it in a hospital |

            ## What was learned from the peers

            - storescp of DCMTK 3.6.7 aborts on a fragment of odd length. dcmconv leaves deflated data sets at an odd length in files, without the zero byte of PS3.5 A.5; our sender adds it.
            - storescu encodes some data sets anew before it sends them: their elements are equal, their padding and lengths are not. What it sends as it is arrives byte for byte.
            - dcmconv of Debian's DCMTK 3.6.7, whose conversion is the C library's, refuses ISO-IR 87, 159 and 203; its results for all other character sets are ours.
            - gdcmconv's long options for JPEG 2000 abort it (`--rate`); its short ones work.

            """);
        return page.ToString();
    }
}
