namespace DeidCluster.Pipeline;

/// <summary>The few file operations that durability is made of; a port, so that tests can record their order and let each of them fail.</summary>
public interface IFilePort
{
    /// <summary>Makes <paramref name="folder"/> and its missing parents, durably. Nothing happens when it exists.</summary>
    void MakeFolder(string folder);

    /// <summary>A new file for writing; one that exists is emptied.</summary>
    Stream Create(string path);

    /// <summary>Returns when the content of <paramref name="file"/> is on the disk.</summary>
    void Sync(Stream file);

    /// <summary>Gives a file its final name, in place of one that has it.</summary>
    void Rename(string from, string to);

    /// <summary>Returns when the names in <paramref name="folder"/> are on the disk.</summary>
    void SyncFolder(string folder);
}
