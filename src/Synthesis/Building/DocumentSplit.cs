using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Building;

/// <summary>
/// Assigns documents to training or validation. The assignment of a document does not depend on other documents.
/// </summary>
/// <remarks>Spec: SYN-02.</remarks>
public sealed class DocumentSplit
{
    private readonly HashSet<string> _validation;

    /// <param name="documents">All documents.</param>
    /// <param name="validationShare">
    /// Fraction of documents for validation, 0 … less than 1. If it is above 0 and there are at least two documents, neither
    /// split is empty.
    /// </param>
    public DocumentSplit(IEnumerable<string> documents, double validationShare)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var all = documents.Distinct().OrderBy(ComputeHash).ToArray();
        _validation = [.. all.Where(document => ComputeHash(document) < validationShare * ulong.MaxValue)];
        if (validationShare <= 0 || all.Length < 2) return;
        if (_validation.Count == 0) _validation.Add(all[0]);
        if (_validation.Count == all.Length) _validation.Remove(all[^1]);
    }

    /// <summary>Returns true if a document is in validation.</summary>
    public bool IsValidation(string document) => _validation.Contains(document);

    /// <summary>Returns true for validation, false for training, null if the chunks are in both.</summary>
    public bool? FindSplit(IEnumerable<Chunk> chunks)
    {
        var splits = chunks.Select(chunk => IsValidation(chunk.Document)).Distinct().ToArray();
        return splits is [var split] ? split : null;
    }

    private static ulong ComputeHash(string document) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(document)));
}
