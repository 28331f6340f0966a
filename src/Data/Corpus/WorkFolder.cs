using TurkishLlm.Files;

namespace TurkishLlm.Data.Corpus;

/// <summary>
/// The work folder <c>OUTPUT.partial</c> of a preparation, beside the output. One process at a time can lock it. An interrupted
/// preparation leaves it for the next one; it is removed once the shards are complete.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _target, _older;
    private readonly FileStream _lock;
    private bool _isOfUse = true;

    /// <exception cref="IOException">Another process has locked the folder.</exception>
    public WorkFolder(string output)
    {
        _target = LinkTarget.Resolve(Path.GetFullPath(output));
        (Location, _older) = (_target + ".partial", _target + ".replaced");
        LinkTarget.CreateDirectory(Location);
        try
        {
            _lock = new(this["lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException(
                $"Another process is preparing {output} (it has locked {this["lock"]}). Wait for it, or stop it.", error);
        }
        RepairReplacement();
    }

    /// <summary>Path of the folder.</summary>
    public string Location { get; }

    /// <summary>Path of a file in the folder.</summary>
    public string this[string name] => Path.Combine(Location, name);

    /// <summary>Creates an empty folder for the shards and returns its path.</summary>
    public string CreateShardsFolder()
    {
        var shards = this["shards"];
        if (Directory.Exists(shards)) Directory.Delete(shards, recursive: true);
        Directory.CreateDirectory(shards);
        return shards;
    }

    /// <summary>Moves an older output aside, moves the shards to the output, and removes the folder.</summary>
    public void Commit()
    {
        var replaces = Directory.Exists(_target);
        if (replaces) Directory.Move(_target, _older);
        try
        {
            Directory.Move(this["shards"], _target);
        }
        catch
        {
            if (replaces) Directory.Move(_older, _target);
            throw;
        }
        if (replaces) Directory.Delete(_older, recursive: true);
        Delete();
    }

    /// <summary>Removes the folder with all work in it.</summary>
    public void Delete()
    {
        _lock.Dispose();
        Directory.Delete(Location, recursive: true);
    }

    /// <summary>Marks the work in the folder as not resumable.</summary>
    public void MarkUnusable() => _isOfUse = false;

    /// <summary>
    /// Unlocks the folder. It is kept for the next preparation if at least one file is finished, and removed otherwise.
    /// </summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (!Directory.Exists(Location)) return;
        if (!_isOfUse || new FileInfo(this["journal"]) is not { Exists: true, Length: > 0 })
            Directory.Delete(Location, recursive: true);
    }

    // If a process was killed between the two moves of a commit, restore the older shards, or delete them if the new ones are in
    // place.
    private void RepairReplacement()
    {
        if (!Directory.Exists(_older)) return;
        if (Directory.Exists(_target)) Directory.Delete(_older, recursive: true);
        else Directory.Move(_older, _target);
    }
}
