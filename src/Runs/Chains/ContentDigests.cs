using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Runs.Chains;

/// <summary>
/// Computes digests of the content of files and folders. A file is read again only after its size, times or file number have
/// changed; the digests are remembered in a file.
/// </summary>
/// <remarks>
/// Of a run, only the checkpoints count, and of a checkpoint not <c>state.json</c>: logs and states contain times, which differ
/// from run to run. Folders of work in progress and earlier outputs (<c>.partial</c>, <c>.aside-1</c>) and hidden files do not
/// count.
/// </remarks>
public sealed class ContentDigests
{
    /// <summary>Digest of a path at which there is nothing.</summary>
    public const string Missing = "missing";

    private readonly string _file;
    private readonly Dictionary<string, Entry> _entries;
    private readonly Func<string, string> _compute;

    /// <summary>Opens the remembered digests.</summary>
    /// <param name="file">File of the digests; it need not exist.</param>
    /// <param name="compute">Computes the digest of a file; null for SHA-256. Tests count the calls.</param>
    public ContentDigests(string file, Func<string, string>? compute = null) =>
        (_file, _entries, _compute) = (file, Read(file), compute ?? FileDigest.Compute);

    /// <summary>Returns the digest of a file or folder, <see cref="Missing"/> if there is nothing.</summary>
    /// <param name="path">
    /// The path; also that of a checkpoint that a name means, such as <c>runs/toy/best</c>, which is a matter of the whole run.
    /// </param>
    /// <param name="cancellationToken">Cancels the computation.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public string Compute(string path, CancellationToken cancellationToken)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(path)) return ComputeFile(path);
        if (!Directory.Exists(path))
            return CheckpointChoice.TrySplit(path) is { } named ? Compute(named.Run.FullPath, cancellationToken) : Missing;
        var all = new StringBuilder();
        foreach (var file in ListFiles(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            all.Append(Path.GetRelativePath(path, file).Replace('\\', '/')).Append('\0').Append(ComputeFile(file)).Append('\n');
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())));
    }

    /// <summary>Writes the digests of files that were computed.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save() => AtomicFile.Write(_file, stream => JsonSerializer.Serialize(stream, _entries));

    /// <summary>Returns the total size of a file or folder in bytes; 0 if there is nothing.</summary>
    public static long GetBytes(string path) =>
        File.Exists(path) ? new FileInfo(path).Length
        : Directory.Exists(path) ? ListFiles(path).Sum(file => new FileInfo(file).Length)
        : 0;

    private string ComputeFile(string path)
    {
        var identity = FileIdentity.Read(path);
        if (_entries.TryGetValue(path, out var known) && known.Identity == identity) return known.Sha256;
        var digest = _compute(path);
        // A file that changes while it is read has another identity afterwards, and is read again the next time.
        if (FileIdentity.Read(path) == identity) _entries[path] = new(identity, digest);
        return digest;
    }

    private static IEnumerable<string> ListFiles(string folder)
    {
        var isRun = File.Exists(Path.Combine(folder, "plan.yaml")) && Directory.Exists(Path.Combine(folder, "checkpoints"));
        return Directory
            .EnumerateFiles(isRun ? Path.Combine(folder, "checkpoints") : folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetRelativePath(folder, file).Split('/', '\\').All(IsContent))
            .Where(file => Path.GetFileName(file) != "state.json")
            .Order(StringComparer.Ordinal);
    }

    private static bool IsContent(string name) =>
        name[0] != '.' && !name.EndsWith(".partial", StringComparison.Ordinal)
        && !name.EndsWith(".replaced", StringComparison.Ordinal)
        && !name.Contains(".aside-", StringComparison.Ordinal);

    private static Dictionary<string, Entry> Read(string file)
    {
        try
        {
            return File.Exists(file) ? StrictJson.DeserializeFile<Dictionary<string, Entry>>(file) : [];
        }
        catch (InvalidDataException)
        {
            return [];      // every file is read again
        }
    }

    private sealed record Entry(FileIdentity Identity, string Sha256);
}
