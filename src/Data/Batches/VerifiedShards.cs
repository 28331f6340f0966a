using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Batches;

/// <summary>
/// Remembers which shard files were verified, so that they are read again only after they have changed. One file per data set in
/// the cache folder of the user, because data folders may be read-only.
/// </summary>
internal sealed class VerifiedShards : IDisposable
{
    private const int WaitMilliseconds = 100, MaximumWaits = 36_000;

    private readonly string _file;
    private readonly FileStream? _lock;
    private readonly Dictionary<string, Entry> _entries;

    private VerifiedShards(string file, FileStream? locked, Dictionary<string, Entry> entries) =>
        (_file, _lock, _entries) = (file, locked, entries);

    /// <summary>Folder of the caches of the user; empty without a home folder.</summary>
    public static string UserFolder =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } given ? Path.Combine(given, "turkishllm")
        : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is not { Length: > 0 } home ? ""
        : OperatingSystem.IsWindows() ? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "turkishllm", "cache")
        : Path.Combine(home, OperatingSystem.IsMacOS() ? Path.Combine("Library", "Caches") : ".cache", "turkishllm");

    /// <summary>
    /// Opens the cache of a data set. Waits while another process verifies the same shards, so that the processes of a
    /// distributed run do not all read them. Without a cache folder, nothing is remembered.
    /// </summary>
    /// <param name="folder">Folder of the caches; empty for none.</param>
    /// <param name="data">Folder of the shards.</param>
    /// <param name="cancellationToken">Cancels the waiting.</param>
    public static VerifiedShards Open(string folder, string data, CancellationToken cancellationToken)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(data))))[..32];
        var file = Path.Combine(folder, "verified-shards", name + ".json");
        if (folder.Length == 0) return new(file, null, []);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(file, null, []);
        }
        for (var waits = 0; waits < MaximumWaits; waits++)
            try
            {
                var locked = new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new(file, locked, Read(file));
            }
            catch (UnauthorizedAccessException)
            {
                break;
            }
            catch (IOException)
            {
                cancellationToken.WaitHandle.WaitOne(WaitMilliseconds);
                cancellationToken.ThrowIfCancellationRequested();
            }
        return new(file, null, Read(file));
    }

    /// <summary>Returns true if a file was verified with this digest and vocabulary size, and has not changed since.</summary>
    public bool Contains(string path, FileIdentity identity, string sha256, int vocabularySize) =>
        _entries.TryGetValue(Path.GetFileName(path), out var entry) && entry == new Entry(identity, sha256, vocabularySize);

    /// <summary>Records a verified file. Call <see cref="Save"/> in the end.</summary>
    public void Add(string path, FileIdentity identity, string sha256, int vocabularySize) =>
        _entries[Path.GetFileName(path)] = new(identity, sha256, vocabularySize);

    /// <summary>Writes the cache, if it can be written.</summary>
    public void Save()
    {
        if (_lock is null) return;
        try
        {
            AtomicFile.Write(_file, stream => JsonSerializer.Serialize(stream, _entries));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The shards are verified again at the next start.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    private static Dictionary<string, Entry> Read(string file)
    {
        try
        {
            return File.Exists(file) ? StrictJson.DeserializeFile<Dictionary<string, Entry>>(file) : [];
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private sealed record Entry(FileIdentity? Identity, string Sha256, int VocabularySize);
}
