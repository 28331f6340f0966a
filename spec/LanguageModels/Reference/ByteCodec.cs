using System.Text;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>A tokenizer without merges: sixteen special tokens, the first one named BOS, then an id for every byte.</summary>
public static class ByteCodec
{
    private const int FirstByte = 16;

    /// <summary>Creates the codec.</summary>
    public static TextCodec Create() => new(
        text => [.. Encoding.UTF8.GetBytes(text).Select(value => FirstByte + value)],
        ids => string.Concat(Split(ids).Select(part => part[0] < FirstByte
            ? "<BOS>"
            : Encoding.UTF8.GetString([.. part.Select(id => (byte)(id - FirstByte))]))));

    // Special ids by themselves, and runs of bytes.
    private static IEnumerable<int[]> Split(IEnumerable<int> ids)
    {
        var bytes = new List<int>();
        foreach (var id in ids)
        {
            if (id >= FirstByte)
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
