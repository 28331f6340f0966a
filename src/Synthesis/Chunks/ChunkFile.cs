using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary>Reads and writes <c>chunks.jsonl</c>, one chunk per line.</summary>
public static class ChunkFile
{
    /// <summary>Writes the file atomically; an existing file is replaced.</summary>
    public static void Write(string file, IEnumerable<Chunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(chunks);
        AtomicFile.WriteLines(file, chunks.Select(JsonText.Serialize));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A line is not a chunk, or an id occurs twice; the message gives the line or the id.
    /// </exception>
    public static IReadOnlyList<Chunk> Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file))
            throw new FileNotFoundException($"{file} does not exist. Create it with: turkishllm synth chunk", file);
        Chunk[] chunks = [.. JsonText.ReadLines<Chunk>(file)];
        if (chunks.CountBy(chunk => chunk.ChunkId).FirstOrDefault(count => count.Value > 1).Key is { } twice)
            throw new InvalidDataException($"{file}: the chunk {twice} occurs twice.");
        return chunks;
    }

    /// <summary>Computes the SHA-256 of ids and texts: equal for equal chunks.</summary>
    public static string ComputeHash(IEnumerable<Chunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var chunk in chunks) hash.AppendData(Encoding.UTF8.GetBytes($"{chunk.ChunkId}\0{chunk.Text}\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
