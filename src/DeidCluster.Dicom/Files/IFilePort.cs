namespace DeidCluster.Dicom;

/// <summary>The few file operations that durability is made of; a port, so that tests can record their order and let each of them fail.</summary>
public interface IFilePort
{
    /// <summary>True when <paramref name="folder"/> exists.</summary>
    bool HasFolder(string folder);

    /// <summary>Makes <paramref name="folder"/>, whose parent exists. Nothing happens when it exists.</summary>
    void MakeFolder(string folder);

    /// <summary>A new file for writing, without a buffer of its own; one that exists is emptied.</summary>
    Stream Create(string path);

    /// <summary>Returns when the content of <paramref name="file"/> is on the disk.</summary>
    void Sync(Stream file);

    /// <summary>Gives a file its final name, in place of one that has it.</summary>
    void Rename(string from, string to);

    /// <summary>Returns when the names in <paramref name="folder"/> are on the disk.</summary>
    void SyncFolder(string folder);

    /// <summary>Removes a file. Nothing happens when it is not there.</summary>
    void Delete(string path);
}
