using System.Globalization;

namespace TurkishLlm.Tokenization;

/// <summary>Counts that did not fit into memory, in files of a folder that goes when this is disposed. Any number of threads may add.</summary>
internal sealed class SpilledRuns : IDisposable
{
    private readonly string _folder;
    private int _count;

    /// <param name="folder">Emptied first: a program that was killed may have left files there.</param>
    public SpilledRuns(string folder)
    {
        _folder = folder;
        Dispose();
    }

    /// <summary>The files so far.</summary>
    public IEnumerable<string> Files => Enumerable.Range(1, _count).Select(GetPath);

    /// <summary>Writes pieces in ordinal order.</summary>
    /// <returns>The file.</returns>
    public string Add(IEnumerable<KeyValuePair<string, long>> sorted)
    {
        Directory.CreateDirectory(_folder);
        var file = GetPath(Interlocked.Increment(ref _count));
        CountsFile.Write(file, sorted);
        return file;
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private string GetPath(int number) => Path.Combine(_folder, number.ToString(CultureInfo.InvariantCulture));
}
