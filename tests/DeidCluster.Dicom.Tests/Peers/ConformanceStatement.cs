using System.Globalization;
using System.Text;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>The conformance statement in the order of PS3.2 annex N. Tables come from the code's own; prose says what no table can.</summary>
internal static class ConformanceStatement
{
    private static readonly string[] CharacterSetTerms =
    [
        "ISO_IR 6", "ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110", "ISO_IR 144", "ISO_IR 127", "ISO_IR 126", "ISO_IR 138", "ISO_IR 148", "ISO_IR 203", "ISO_IR 13", "ISO_IR 166",
        "ISO 2022 IR 6", "ISO 2022 IR 100", "ISO 2022 IR 101", "ISO 2022 IR 109", "ISO 2022 IR 110", "ISO 2022 IR 144", "ISO 2022 IR 127", "ISO 2022 IR 126", "ISO 2022 IR 138", "ISO 2022 IR 148",
        "ISO 2022 IR 203", "ISO 2022 IR 13", "ISO 2022 IR 166", "ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58", "ISO_IR 192", "GB18030", "GBK",
    ];

    private static readonly (string Path, string Method, string Service)[] WebResources =
    [
        ("studies", "GET", "QIDO-RS: studies"), ("series", "GET", "QIDO-RS: series"), ("instances", "GET", "QIDO-RS: instances"),
        ("studies/1.2/series", "GET", "QIDO-RS: series of a study"), ("studies/1.2/instances", "GET", "QIDO-RS: instances of a study"),
        ("studies/1.2/series/1.3/instances", "GET", "QIDO-RS: instances of a series"),
        ("studies/1.2", "GET", "WADO-RS: a study"), ("studies/1.2/series/1.3", "GET", "WADO-RS: a series"), ("studies/1.2/series/1.3/instances/1.4", "GET", "WADO-RS: an instance"),
        ("studies/1.2/metadata", "GET", "WADO-RS: metadata of a study"), ("studies/1.2/series/1.3/metadata", "GET", "WADO-RS: metadata of a series"),
        ("studies/1.2/series/1.3/instances/1.4/metadata", "GET", "WADO-RS: metadata of an instance"),
        ("studies/1.2/series/1.3/instances/1.4/frames/1", "GET", "WADO-RS: frames"), ("studies/1.2/series/1.3/instances/1.4/bulkdata/7FE00010", "GET", "WADO-RS: bulk data"),
        ("studies/1.2/rendered", "GET", "WADO-RS: rendered"), ("studies/1.2/series/1.3/instances/1.4/thumbnail", "GET", "WADO-RS: thumbnail"), ("workitems", "GET", "UPS-RS"),
        ("studies", "POST", "STOW-RS"), ("studies/1.2", "POST", "STOW-RS into a study"),
    ];

    public static string Text()
    {
        ListenerOptions listener = new() { AeTitle = "AE" };
        AssociationOptions user = new() { Host = "", Port = 0, CallingAeTitle = "A", CalledAeTitle = "B", PresentationContexts = [] };
        StringBuilder text = new();
        text.Append($"""
            # DICOM conformance statement of DeidCluster

            Structure: PS3.2 annex N. Tables are written from the program's own tables by a test (`DEID_WRITE_DOCS=1`), which fails when they differ.

            ## 1 Conformance statement overview

            DeidCluster fetches imaging studies from archives, removes identities and delivers the result. A **node** of it uses the services of the first column.
            The library `DeidCluster.Dicom`, on which it is built, has more; `deid dicom` offers its user side on the command line, and the archive simulator
            of this repository its provider side.

            | Service | Node | Library, user (SCU) | Library, provider (SCP) |
            |---|---|---|---|
            | Verification | SCU, SCP | yes | yes |
            | Storage, the {StorageSopClasses.All.Count} SOP classes of 8.1 | SCU, SCP | yes | yes |
            | Query/Retrieve FIND, Patient Root and Study Root | SCU | yes | yes |
            | Query/Retrieve MOVE, Patient Root and Study Root | SCU | yes | yes |
            | Query/Retrieve GET, Patient Root and Study Root | see 4.2.2 | yes | yes |
            | Storage Commitment, push model | no | yes | yes |
            | DICOMweb QIDO-RS, WADO-RS, STOW-RS | no | yes | yes |
            | Media: General Purpose, DICOMDIR | no | reads (FSR) | |

            Operations of a listener can be switched on one by one: {string.Join(", ", Enum.GetNames<ScpOperations>())}.

            ## 2 Contents

            1 Overview. 3 Introduction. 4 Networking: 4.1 implementation model, 4.2 AE specifications, 4.3 network interfaces, 4.4 configuration, 4.5 DICOMweb.
            5 Media. 6 Character sets. 7 Security. 8 Annexes: SOP classes, transfer syntaxes, status codes.

            ## 3 Introduction

            For those who connect a PACS or VNA with DeidCluster. A matching statement does not prove that two systems work together: test before clinical use.
            What was tested with which peer is in [PEERS.md](PEERS.md). Terms are those of PS3.2 and PS3.7. No value of an instance is written to logs.

            ## 4 Networking

            ### 4.1 Implementation model

            Two application entities. The **Receiver** listens on one port and answers many associations at a time. The **User** opens associations to archives and
            destinations when a study needs it. Both may bear the same AE title. A success answer to C-STORE is given only when the instance is a durable file.

            ### 4.2 AE specifications

            #### 4.2.1 Receiver

            SOP classes: Verification and the storage classes of 8.1 as SCP; Query/Retrieve where it is switched on. SOP classes that the standard does not
            register are accepted too unless that is switched off (default: {(listener.AcceptsUnknownSopClasses ? "on" : "off")}).

            | Association policy | Value |
            |---|---|
            | Application context | {PduWriter.DicomApplicationContext} |
            | Implementation class UID | {FileMetaInformation.ImplementationClassUid} |
            | Implementation version name | {FileMetaInformation.ImplementationVersionName} |
            | Associations at a time | {listener.AssociationsMax}; the next is rejected, transient, "local limit exceeded" |
            | Longest P-DATA-TF body received | {listener.PduBytesMax} bytes; from {PduLimits.PduBytesMin} by configuration |
            | Longest P-DATA-TF body sent | what the peer announces, at most what we receive; peers below {PduLimits.PduBytesMin} bytes are refused |
            | Asynchronous operations | performed up to {listener.OperationsMax} when the peer negotiates it; else one at a time |
            | SCP/SCU role selection | answered; granted where the listener is told to |
            | User identity | types 1 to 5 are read; checked where the host provides a check; never logged |
            | Called AE title | {(listener.RequiresCalledAeTitle ? "must be ours" : "any")} |
            | Calling AE title, address, certificate | everyone, or those that are listed together |
            | Presentation contexts | at most {PduLimits.PresentationContextsMax}, with {PduLimits.TransferSyntaxesMax} transfer syntaxes each |

            Of the transfer syntaxes in one context, {string.Join(", ", listener.PreferredTransferSyntaxes.Select(syntax => syntax.Name))} is taken first, else the first that is known (8.2). Instances are stored in the syntax in which they came.
            An A-ASSOCIATE-RQ with another application context is rejected permanently (source 1, reason 2); unknown called and calling titles with reasons 7 and 3.

            | Time-out | Default |
            |---|---|
            | ARTIM: asking for an association, closing after its end | {Seconds(listener.ArtimTimeout)} |
            | Idle between two requests | {Seconds(listener.IdleTimeout)} |
            | Within a message | {Seconds(listener.DataTimeout)} |
            | Finishing when the listener stops | {Seconds(listener.StopTimeout)} |

            #### 4.2.2 User

            SOP classes: Verification, Query/Retrieve FIND and MOVE of both information models, storage classes of what is sent, as SCU. With GET, the library takes the SCP
            role of the storage classes that it asks for; whether a node fetches so is said in `cluster-config/`. One association for a batch of
            requests; several at a time where configured. Contexts are proposed for what is held: each SOP class in the syntax of its files, and uncompressed
            syntaxes into which it can be encoded anew. C-CANCEL is sent when an operation is abandoned; a peer that goes on is aborted.

            | Time-out | Default |
            |---|---|
            | TCP connection | {Seconds(user.ConnectTimeout)} |
            | Answer to a request for, or a release of, an association | {Seconds(user.NegotiationTimeout)} |
            | Next response | {Seconds(user.ResponseTimeout)} |
            | End of an operation after C-CANCEL | {Seconds(user.CancelTimeout)} |

            Status codes are told apart as in 8.3: a warning is never a failure, a code outside every range is never success.

            ### 4.3 Network interfaces

            TCP/IP, IPv4 and IPv6, TCP_NODELAY set. HTTP for DICOMweb.

            ### 4.4 Configuration

            AE titles, ports, peers, TLS, limits and time-outs are set in `cluster-config/` (node.yaml, archives.yaml, destinations.yaml); each key is described there.
            AE titles have 1 to {PduLimits.AeTitleBytes} characters, spaces inside included.

            ### 4.5 DICOMweb

            | Resource | Method | Service | Provider |
            |---|---|---|---|

            """);
        foreach ((string path, string method, string service) in WebResources)
        {
            string shown = path.Replace("1.2", "{study}", StringComparison.Ordinal).Replace("1.3", "{series}", StringComparison.Ordinal).Replace("1.4", "{instance}", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"| /{shown} | {method} | {service} | {(DicomWebRoute.Parse(path) is null ? "no" : "yes")} |\n");
        }

        text.Append($"""

            Media types: {MediaType.Dicom}, {MediaType.DicomJson}, {MediaType.OctetStream}, multipart/related; {MediaType.DicomXml} is read in answers to STOW-RS. The user reads the
            outcome of each instance of a STOW-RS request: a partial success is no success of the rest.

            ## 5 Media interchange

            DICOMDIRs are read (file-set reader) with their records and referenced files, never outside of the medium. None are written. Files are written with a preamble of
            zeros and file meta information of version 1.

            ## 6 Support of character sets

            Text is decoded by Specific Character Set (0008,0005), with code extensions (ISO 2022), per item where it has its own:
            {string.Join(", ", CharacterSetTerms.Where(term => CharacterSet.Parse(term).IsKnown))}.
            DICOM JSON is always UTF-8 (ISO_IR 192). Text under a term that is unknown is read as Latin-1, and the program can tell.

            ## 7 Security

            TLS 1.2 and 1.3 by the BCP 195 profile (PS3.15 B.12), with forward secrecy and authenticated encryption only; own certificate, trusted roots or pinned
            certificates, mutual authentication. Revocation is checked against lists in a file that somebody keeps up to date, or where certificates point to; not at all unless that is
            configured. DICOMweb is asked through HTTPS by the same rules, with basic authorization or a bearer token from a file. Peers are allowed by AE title, address and certificate together. What a hostile peer can cost is bounded: see the
            limits above, PDUs are refused before they are read when longer than announced, command sets above {PduLimits.CommandBytesMax} bytes and identifiers above
            {PduLimits.IdentifierBytesMax} bytes are refused, sequences nest at most {ReadOptions.Default.SequenceDepthMax} levels, a data set has at most {ReadOptions.Default.ElementsMax} elements, and deflated data sets inflate to at most
            {ReadOptions.Default.InflatedBytesMax} bytes. Refusals name byte offset and tag, never a value. The audit trail (PS3.15 A.5) is not sent over syslog.

            De-identification by PS3.15 annex E is described in the product's own documentation.

            ## 8 Annexes

            ### 8.1 Storage SOP classes

            | Name | UID |
            |---|---|

            """);
        foreach (string uid in StorageSopClasses.All.Order(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {UidDictionary.Name(uid)} | {uid} |\n");
        }

        text.Append("""

            ### 8.2 Transfer syntaxes

            Received, stored and sent as they are. Uncompressed and deflated ones are encoded into each other; RLE Lossless is decoded and encoded by the program,
            JPEG, JPEG-LS and JPEG 2000 where GDCM is installed. High-Throughput JPEG 2000, JPEG XL and video are neither decoded nor encoded: they pass through as they are, and what
            would need their pixels is refused. JPEG 2000 is not written for pictures whose compressed form might need more than four bytes a pixel (colour of 16 bits, very
            small ones) nor for a single row or column, since GDCM's encoder has no more room; they are refused with that reason, or written in another lossless syntax.

            | Name | UID | Encoding |
            |---|---|---|

            """);
        foreach (TransferSyntax syntax in TransferSyntax.All.OrderBy(syntax => syntax.Uid, StringComparer.Ordinal))
        {
            string encoding = (syntax.IsExplicitVr ? "explicit VR, " : "implicit VR, ") + (syntax.IsBigEndian ? "big endian" : "little endian")
                + (syntax.IsDeflated ? ", deflated" : "") + (syntax.IsEncapsulated ? $", encapsulated{(CodedSyntaxes.IsLossless(syntax) ? ", lossless" : "")}" : "");
            text.Append(CultureInfo.InvariantCulture, $"| {syntax.Name} | {syntax.Uid} | {encoding} |\n");
        }

        text.Append("\n### 8.3 Status codes\n\n| Service | Codes | Class | Meaning |\n|---|---|---|---|\n");
        foreach (DimseService service in Enum.GetValues<DimseService>())
        {
            AppendStatuses(text, service);
        }

        return text.ToString();
    }

    /// <summary>Every code that means something to the service, neighbours with one meaning in one line.</summary>
    private static void AppendStatuses(StringBuilder text, DimseService service)
    {
        for (int code = 0; code <= ushort.MaxValue; code++)
        {
            DimseStatus first = new((ushort)code);
            if (first.Describe(service) is not { } meaning)
            {
                continue;
            }

            int last = code;
            while (last < ushort.MaxValue && new DimseStatus((ushort)(last + 1)) is DimseStatus next && next.Describe(service) == meaning && next.Class == first.Class)
            {
                last++;
            }

            text.Append(CultureInfo.InvariantCulture, $"| {service} | {code:X4}{(last > code ? $" to {last:X4}" : "")} | {first.Class} | {meaning} |\n");
            code = last;
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s");
}
