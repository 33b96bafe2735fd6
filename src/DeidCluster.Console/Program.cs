using System.CommandLine;
using DeidCluster.Console;
using DeidCluster.Console.Api;
using DeidCluster.Console.Demo;
using DeidCluster.Console.Dicom;
using DeidCluster.Console.Files;
using DeidCluster.Console.Stores;

// The executable `deid`. A group of verbs is a class with AddTo(RootCommand), named here; nothing is loaded before its verb runs.
RootCommand root = new("De-identifies DICOM studies: on files here, or as a node of a cluster.");
FileVerbs.AddTo(root);
DicomVerbs.AddTo(root);
root.Add(CodecWorkerVerb.Create());
StudyVerbs.AddTo(root);
ProjectVerbs.AddTo(root);
MailVerbs.AddTo(root);
ArchiveVerbs.AddTo(root);
NodeVerbs.AddTo(root);
StoreVerbs.AddTo(root);
DemoVerb.AddTo(root);
return await CommandLine.RunAsync(root, args);
