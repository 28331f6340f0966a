using System.Text;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>A tokenizer without merges: special tokens, then an id for every byte.</summary>
public static class ByteCodec
{
    private static readonly Dictionary<string, int> BeginOnly = new(StringComparer.Ordinal) { ["<BOS>"] = 0 };

    /// <summary>Creates the codec.</summary>
    /// <param name="specialIds">Ids of the special tokens by name; "&lt;BOS&gt;" with the id 0 if it is null.</param>
    public static TextCodec Create(IReadOnlyDictionary<string, int>? specialIds = null)
    {
        specialIds ??= BeginOnly;
        var firstByte = specialIds.Values.Max() + 1;
        return new(
            text => [.. Encoding.UTF8.GetBytes(text).Select(value => firstByte + value)],
            ids => string.Concat(Split(ids, firstByte).Select(part => part[0] < firstByte
                ? specialIds.First(special => special.Value == part[0]).Key
                : Encoding.UTF8.GetString([.. part.Select(id => (byte)(id - firstByte))]))));
    }

    // Special ids by themselves, and runs of bytes.
    private static IEnumerable<int[]> Split(IEnumerable<int> ids, int firstByte)
    {
        var bytes = new List<int>();
        foreach (var id in ids)
        {
            if (id >= firstByte)
            {
                bytes.Add(id);
                continue;
            }
            if (bytes.Count > 0) yield return [.. bytes];
            bytes.Clear();
            yield return [id];
        }
        if (bytes.Count > 0) yield return [.. bytes];
    }
}
