namespace TurkishLlm.Data.Corpus;

/// <summary>
/// The folder <c>OUTPUT.partial</c> beside the output, in which a preparation works. One process at a time has it;
/// an interrupted preparation leaves it for the next one, and it is gone when the shards are in their place.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _target, _older;
    private readonly FileStream _lock;
    private bool _isOfUse = true;

    /// <exception cref="IOException">Another process has the folder.</exception>
    public WorkFolder(string output)
    {
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        (Location, _older) = (_target + ".partial", _target + ".replaced");
        Directory.CreateDirectory(Location);
        try
        {
            _lock = new(this["lock"], FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error)
        {
            throw new IOException($"{output} is being prepared by another process, which has {this["lock"]}. Wait for it, or stop it.", error);
        }
        RepairReplacement();
    }

    /// <summary>Where the folder is.</summary>
    public string Location { get; }

    /// <summary>A file in the folder.</summary>
    public string this[string name] => Path.Combine(Location, name);

    /// <summary>Where the shards are written; empty.</summary>
    public string CreateShardsFolder()
    {
        var shards = this["shards"];
        if (Directory.Exists(shards)) Directory.Delete(shards, recursive: true);
        Directory.CreateDirectory(shards);
        return shards;
    }

    /// <summary>Puts the shards at their place, where older ones are moved aside first, and removes the folder.</summary>
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

    /// <summary>Removes the folder and all work in it.</summary>
    public void Delete()
    {
        _lock.Dispose();
        Directory.Delete(Location, recursive: true);
    }

    /// <summary>Says that the work in the folder cannot be gone on with.</summary>
    public void MarkUnusable() => _isOfUse = false;

    /// <summary>Lets go of the folder. It stays for the next preparation when a file was finished, and goes when none was.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (!Directory.Exists(Location)) return;
        if (!_isOfUse || new FileInfo(this["journal"]) is not { Exists: true, Length: > 0 })
            Directory.Delete(Location, recursive: true);
    }

    // A kill between the two moves of a commit leaves the older shards aside: they go back, or away when the new ones are there.
    private void RepairReplacement()
    {
        if (!Directory.Exists(_older)) return;
        if (Directory.Exists(_target)) Directory.Delete(_older, recursive: true);
        else Directory.Move(_older, _target);
    }
}
