using System.Globalization;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Counts spilled to disk, as files in a folder that is deleted on disposal. Files may be added from any thread.
/// </summary>
internal sealed class SpilledRuns : IDisposable
{
    private readonly string _folder;
    private readonly SplitRule _split;
    private int _count;

    /// <param name="folder">The folder. It is emptied first, because a killed process may have left files in it.</param>
    /// <param name="split">The rule by which the pre-tokens were split.</param>
    public SpilledRuns(string folder, SplitRule split)
    {
        (_folder, _split) = (folder, split);
        Dispose();
    }

    /// <summary>The files written so far.</summary>
    public IEnumerable<string> Files => Enumerable.Range(1, _count).Select(GetPath);

    /// <summary>Writes pre-tokens; they must be in ordinal order.</summary>
    /// <returns>Path of the file.</returns>
    public string Add(IEnumerable<KeyValuePair<string, long>> sorted)
    {
        LinkTarget.CreateDirectory(_folder);
        var file = GetPath(Interlocked.Increment(ref _count));
        CountsFile.Write(file, _split, sorted);
        return file;
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private string GetPath(int number) => Path.Combine(_folder, number.ToString(CultureInfo.InvariantCulture));
}
