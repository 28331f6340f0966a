namespace TurkishLlm.Tests.Unit.Fuzzing;

/// <summary>
/// Damages documents as transfers and editors do: bytes are flipped, deleted, duplicated, overwritten and spliced with another
/// document. The same seed gives the same damage.
/// </summary>
internal sealed class DocumentMutator(IReadOnlyList<byte[]> seeds, ulong seed)
{
    private const int MaxLength = 60_000;

    // Parts of markup, and bytes that readers treat in a special way.
    private static readonly byte[][] Parts =
    [
        .. new[]
        {
            "<", ">", "</", "<table>", "</td>", "<li>", "<ul>", "<ol start=-7>", "<pre>", "</pre>", "<main>", "</main>", "<h1>",
            "<td rowspan=99999 colspan=99999>", "<!--", "-->", "<script>", "<template>", "<svg>", "<math>", "<select>", "&#0;",
            "&#xD800;", "&shy;", "&", "---\n", "+++\n", "{\n", "\n```\n", "\n~~~\n", "\n!!! note \"x\"\n",
            "\n:::note\n", "\n| a |\n",
            "\n> > ", "\n    ", "\n\t", "[^1]", "`", "|", "\u00AD", "\u200B", "\u2028", "\u0301", "\0", "\r",
            " role=main ", " hidden ",
            "\n=== \"x\"\n", "{% tab title=\"x\" %}\n", "```{note} x\n", "\n: ", "<a href=#x>¶</a>", "<sup>2</sup>", "\n- [x] ",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0xFF], [0xFE, 0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    private ulong _state = seed;

    /// <summary>Returns the next damaged document.</summary>
    public byte[] Next()
    {
        List<byte> bytes = [.. seeds[Draw(seeds.Count)]];
        for (var rounds = 1 + Draw(6); rounds > 0; rounds--) Damage(bytes);
        return [.. bytes.Take(MaxLength)];
    }

    private void Damage(List<byte> bytes)
    {
        var at = Draw(bytes.Count + 1);
        var length = Math.Min(1 + Draw(1 << Draw(10)), bytes.Count - at);
        switch (Draw(7))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << Draw(8)); break;
            case 1: bytes.RemoveRange(at, length); break;
            case 2: bytes.InsertRange(at, bytes.GetRange(at, length)); break;
            case 3 when at < bytes.Count: bytes[at] = (byte)Draw(256); break;
            case 4:
                var other = seeds[Draw(seeds.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other[Draw(other.Length)..]);
                break;
            case 5:
                for (var count = 1 << Draw(8); count > 0; count--) bytes.InsertRange(at, Parts[Draw(Parts.Length)]);
                break;
            default: bytes.InsertRange(at, Parts[Draw(Parts.Length)]); break;
        }
    }

    // SplitMix64.
    private int Draw(int count)
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)count);
    }
}
