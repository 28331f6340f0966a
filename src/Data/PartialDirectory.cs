namespace TurkishLlm.Data;

/// <summary>
/// A directory that is written beside its final place and renamed when it is complete.
/// Disposed before <see cref="Commit"/>, it is removed, and what was at the final place is untouched.
/// </summary>
internal sealed class PartialDirectory : IDisposable
{
    private readonly string _target;

    private PartialDirectory(string target)
    {
        _target = target;
        Path = Beside("partial");
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where to write until then.</summary>
    public string Path { get; }

    public static PartialDirectory For(string target) =>
        new(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(target)));

    /// <summary>Removes what was written, to begin anew.</summary>
    public void Clear()
    {
        Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Puts the directory at its final place; one that is there is moved aside first and then removed.</summary>
    public void Commit()
    {
        if (!Directory.Exists(_target))
        {
            Directory.Move(Path, _target);
            return;
        }

        var older = Beside("replaced");
        Directory.Move(_target, older);
        try
        {
            Directory.Move(Path, _target);
        }
        catch
        {
            Directory.Move(older, _target);
            throw;
        }
        Directory.Delete(older, recursive: true);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }

    private string Beside(string what) => $"{_target}.{what}-{Guid.NewGuid():N}";
}
