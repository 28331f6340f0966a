using TurkishLlm.Files;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Training;

/// <summary>
/// Shows other processes, such as <c>runs serve</c>, that a run waits for its gate, which can take minutes. A closed gate leaves
/// no file and no folder.
/// </summary>
internal sealed class GateNotice : IDisposable
{
    private readonly FileStream? _file;
    private readonly IReadOnlyList<string> _created;

    private GateNotice(FileStream? file, IReadOnlyList<string> created) => (_file, _created) = (file, created);

    /// <summary>Shows the notice in a run folder, which may not exist yet. A folder that cannot be written to has none.</summary>
    public static GateNotice Show(string runFolder)
    {
        var folder = LinkTarget.Resolve(Path.GetFullPath(runFolder));
        var missing = new List<string>();
        for (var path = folder; path is not null && !Directory.Exists(path); path = Path.GetDirectoryName(path))
            missing.Add(path);
        try
        {
            Directory.CreateDirectory(folder);
            // Held until the process ends for any reason, as the lock of a run that trains.
            return new(
                new FileStream(
                    RunFolder.GetGateLockFile(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0,
                    FileOptions.DeleteOnClose),
                missing);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(file: null, missing);
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        try
        {
            foreach (var folder in _created)
                if (Directory.Exists(folder)) Directory.Delete(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process uses the folder.
        }
    }
}
