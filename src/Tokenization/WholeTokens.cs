using System.Text;

namespace TurkishLlm.Tokenization;

/// <summary>
/// Finds the token that a whole pre-token is, for rules that prefer it to merging (<see cref="SplitRule.IgnoresMerges"/>).
/// </summary>
/// <remarks>Spec: TOK-42.</remarks>
internal sealed class WholeTokens
{
    private const int MaxStackLength = 256;

    // Bytes as Latin-1, so that they can be looked up by a span.
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly int _maxLength;

    public WholeTokens(int mergeCount, Func<int, ReadOnlySpan<byte>> getBytes)
    {
        for (var id = VocabularyLayout.FirstMerge; id < VocabularyLayout.FirstMerge + mergeCount; id++)
        {
            var bytes = getBytes(id);
            _ids.Add(Encoding.Latin1.GetString(bytes), id);
            _maxLength = Math.Max(_maxLength, bytes.Length);
        }
    }

    /// <summary>Returns the id of the token with the bytes, or null.</summary>
    public int? Find(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _maxLength) return null;
        var characters = bytes.Length <= MaxStackLength ? stackalloc char[bytes.Length] : new char[bytes.Length];
        Encoding.Latin1.GetChars(bytes, characters);
        return _ids.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(characters, out var id) ? id : null;
    }
}
