using System.Text;
using DeidCluster.Dicom.Tests.Network;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Web;

public class NativeXmlTests
{
    [PeerFact("dcm2xml")]
    public async Task Read_WhatDcmtkWrote_GivesTheSameHeader()
    {
        using TestFolder folder = new();
        byte[] bytes = SampleInstances.File(1, 1, 1);
        await File.WriteAllBytesAsync(folder.File("in.dcm"), bytes);
        (int exit, string output) = await PeerProcess.RunAsync("dcm2xml", ["--native-format", "--load-short", folder.File("in.dcm"), folder.File("out.xml")], TimeSpan.FromSeconds(20));
        Assert.True(exit == 0, output);
        DataSet read = NativeXml.Read(await File.ReadAllBytesAsync(folder.File("out.xml")));
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));
        foreach (Element element in file.DataSet.Where(element => element.Tag != Tags.PixelData))
        {
            Assert.Equal(file.DataSet.GetStrings(element.Tag), read.GetStrings(element.Tag));
        }
    }

    [Fact]
    public void Read_NumbersBinaryAndBulkData_GivesThem()
    {
        DataSet read = NativeXml.Read(Encoding.UTF8.GetBytes("""
            <NativeDicomModel>
              <DicomAttribute tag="00280010" vr="US"><Value number="1">512</Value></DicomAttribute>
              <DicomAttribute tag="00189073" vr="FD"><Value number="1">1.5</Value></DicomAttribute>
              <DicomAttribute tag="00280009" vr="AT"><Value number="1">00181063</Value></DicomAttribute>
              <DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>Müller</FamilyName><GivenName>Ann</GivenName></Alphabetic></PersonName></DicomAttribute>
              <DicomAttribute tag="00420011" vr="OB"><InlineBinary>AQID</InlineBinary></DicomAttribute>
              <DicomAttribute tag="7FE00010" vr="OW"><BulkData uri="bulk/1"/></DicomAttribute>
            </NativeDicomModel>
            """));
        Assert.Equal(512, read.GetInt(Tags.Rows));
        Assert.Equal(1.5, read.GetDouble(new Tag(0x00189073)));
        Assert.Equal([0x18, 0x00, 0x63, 0x10], read.GetBytes(Tags.FrameIncrementPointer).ToArray());
        Assert.Equal("Müller^Ann", read.GetString(Tags.PatientName));
        Assert.Equal([1, 2, 3, 0], read.GetBytes(Tags.EncapsulatedDocument).ToArray());
        Assert.Equal("bulk/1", Assert.IsType<BulkDataElement>(read.Find(Tags.PixelData)).Uri);
    }

    [Theory]
    [InlineData("<html/>")]
    [InlineData("<NativeDicomModel><DicomAttribute tag=\"00280010\" vr=\"US\"><Value>x</Value></DicomAttribute></NativeDicomModel>")]
    [InlineData("<NativeDicomModel><DicomAttribute tag=\"00280010\" vr=\"US\"><Value>99999</Value></DicomAttribute></NativeDicomModel>")]
    [InlineData("<NativeDicomModel>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><NativeDicomModel>&b;</NativeDicomModel>")]
    public void Read_WhatIsNoModel_IsRefused(string xml) => Assert.Throws<DicomFormatException>(() => NativeXml.Read(Encoding.UTF8.GetBytes(xml)));
}
