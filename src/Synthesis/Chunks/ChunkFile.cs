using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Synthesis.Files;

namespace TurkishLlm.Synthesis.Chunks;

/// <summary><c>chunks.jsonl</c>: a chunk a line.</summary>
public static class ChunkFile
{
    /// <summary>Writes the file; one that is there is replaced when the new one is complete.</summary>
    public static void Write(string file, IEnumerable<Chunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(chunks);
        TextFile.WriteLines(file, chunks.Select(JsonText.Serialize));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">A line is no chunk, or a name comes twice; says which.</exception>
    public static IReadOnlyList<Chunk> Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"{file} is missing. Make it with: synth chunk", file);
        Chunk[] chunks = [.. TextFile.ReadLines<Chunk>(file)];
        if (chunks.CountBy(chunk => chunk.ChunkId).FirstOrDefault(count => count.Value > 1).Key is { } twice) throw new InvalidDataException($"{file}: the chunk {twice} is there twice.");
        return chunks;
    }

    /// <summary>SHA-256 of names and texts: equal for equal chunks.</summary>
    public static string ComputeHash(IEnumerable<Chunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var chunk in chunks) hash.AppendData(Encoding.UTF8.GetBytes($"{chunk.ChunkId}\0{chunk.Text}\0"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
