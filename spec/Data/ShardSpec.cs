using System.Buffers.Binary;
using TurkishLlm.Data.Batches;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Data;

/// <summary>Token ids in shard files: none is wrapped, none is read with another width or sign.</summary>
public static class ShardSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [DAT01_NoWrap, DAT02_Header, DAT03_Unsigned];

    /// <summary>Writes ids with a vocabulary size and reads them back; returns null if they were refused.</summary>
    public static readonly Requirement<OutOfVocabularyCase, Func<int, int[], int[]?>> DAT01_NoWrap = new()
    {
        Id = "DAT-01",
        Statement = "An id outside the vocabulary is refused on writing: it is neither wrapped at 65,536 nor clamped.",
        Source = "BUG-DAT-01 and BUG-DAT-04: princeton-nlp/LLM-Shearing #65; huggingface/datatrove #118",
        CanonicalCases =
        [
            new(65_536, 65_536), new(65_536, 65_537), new(65_536, -1), new(64_000, 64_000), new(64_000, 65_535),
            new(64_000, 131_072),
        ],
        Subject = (_, _) => WriteAndRead,
        Holds = (store, c, _) =>
        {
            int[] highest = [c.VocabularySize - 2, c.VocabularySize - 1];
            return Verdict.All(
                Verdict.SameElements(highest, store(c.VocabularySize, highest) ?? [], "highest ids"),
                Verdict.That(store(c.VocabularySize, [7, c.Id]) is var back && back is null,
                    back is null ? $"id {c.Id} refused" : $"id {c.Id} came back as {back[^1]}"));
        },
        Impostors = new()
        {
            ["wraps at 65,536"] = (_, _) => (_, ids) => [.. ids.Select(id => (int)unchecked((ushort)id))],
            ["clamps to the vocabulary"] = (_, _) => (size, ids) => [.. ids.Select(id => Math.Clamp(id, 0, size - 1))],
            ["takes ids modulo the vocabulary"] = (_, _) => (size, ids) => [.. ids.Select(id => (id % size + size) % size)],
        },
    };

    /// <summary>Reads the tokens of a file with these bytes; returns null if it was refused.</summary>
    public static readonly Requirement<HeaderCorruptionCase, Func<byte[], int[]?>> DAT02_Header = new()
    {
        Id = "DAT-02",
        Statement = "A shard reads back element by element, and a file that is not exactly a shard of this layout is refused.",
        Source = "BUG-DAT-02: mosaicml/llm-foundry #321; allenai/dolma #142",
        CanonicalCases =
        [
            new("magic", 0, 'X'), new("version", 8, 2), new("width", 12, 4), new("one token too few", 16, 6),
            new("one token too many", 16, 4), new("split", 56, 0), new("reserved bytes", 60, 1),
        ],
        Subject = (_, _) => Read,
        Holds = (read, c, _) =>
        {
            int[] ids = [3, 300, 32_768, 65_535, 513];
            using var shards = new TemporaryShards();
            var bytes = File.ReadAllBytes(shards.Write(ids));
            var intact = Verdict.SameElements(ids, read(bytes) ?? [], "tokens");
            bytes[c.Offset] = (byte)c.Value;
            return Verdict.All(intact, Verdict.That(read(bytes) is var back && back is null,
                back is null ? $"wrong {c.Name} refused" : $"wrong {c.Name} was read as {back.Length} tokens"));
        },
        Impostors = new()
        {
            ["skips the header without reading it"] = (_, _) => bytes => Tokens(bytes.AsSpan(64), 2),
            ["reads the whole file as tokens"] = (_, _) => bytes => Tokens(bytes, 2),
            ["reads four bytes per token"] = (_, _) => bytes => Tokens(bytes.AsSpan(64), 4),
        },
    };

    /// <summary>Returns ids as model inputs, through a shard and a window.</summary>
    public static readonly Requirement<TokenIdsCase, Func<int[], long[]>> DAT03_Unsigned = new()
    {
        Id = "DAT-03",
        Statement = "Ids above 32,767 are read unchanged: the file holds unsigned little-endian 16-bit numbers.",
        Source = "BUG-DAT-03: urvashik/knnlm #6",
        CanonicalCases = [new(32_767, 32_768, 65_534, 65_535), new(40_000), new(1, 63_999, 2, 32_769)],
        Subject = (_, _) => ReadThroughWindow,
        Holds = (deliver, c, _) => Verdict.SameElements([.. c.Ids.Select(id => (long)id)], deliver([.. c.Ids]), "inputs"),
        Impostors = new()
        {
            ["reads them as signed"] = (_, _) => ids => [.. ids.Select(id => (long)unchecked((short)id))],
            ["keeps fifteen bits"] = (_, _) => ids => [.. ids.Select(id => (long)(id & 0x7FFF))],
            ["reads the high byte first"] = (_, _) => ids =>
                [.. ids.Select(id => (long)BinaryPrimitives.ReverseEndianness((ushort)id))],
        },
    };

    private static int[]? WriteAndRead(int vocabularySize, int[] ids)
    {
        using var shards = new TemporaryShards();
        try
        {
            return [.. ShardBytes.Read([shards.Write(ids, vocabularySize)], 0, ids.Length).Select(id => (int)id)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static int[]? Read(byte[] bytes)
    {
        using var shards = new TemporaryShards();
        File.WriteAllBytes(shards["a.tokens"], bytes);
        try
        {
            using var shard = TokenShard.Open(shards["a.tokens"]);
            return [.. DocumentTokens.ReadFirstTokens(shard, int.MaxValue).Select(id => (int)id)];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static long[] ReadThroughWindow(int[] ids)
    {
        using var shards = new TemporaryShards();
        using var shard = TokenShard.Open(shards.Write([.. ids, 0]));
        var (inputs, targets) = (new long[ids.Length], new long[ids.Length]);
        new WindowSampler(shard, ids.Length, seed: 0).Read(0, 0, inputs, targets);
        return inputs;
    }

    private static int[] Tokens(ReadOnlySpan<byte> bytes, int width)
    {
        var tokens = new int[bytes.Length / width];
        for (var i = 0; i < tokens.Length; i++) tokens[i] = bytes[width * i] + 256 * bytes[width * i + 1];
        return tokens;
    }
}

/// <summary>An id that does not belong to a vocabulary.</summary>
/// <param name="VocabularySize">Number of ids.</param>
/// <param name="Id">An id outside the vocabulary.</param>
public sealed record OutOfVocabularyCase(int VocabularySize, int Id);

/// <summary>One byte of a header, changed.</summary>
/// <param name="Name">Name of the field.</param>
/// <param name="Offset">Offset of the byte.</param>
/// <param name="Value">Its new value.</param>
public sealed record HeaderCorruptionCase(string Name, int Offset, int Value);

/// <summary>Some ids.</summary>
/// <param name="Ids">The ids.</param>
public sealed record TokenIdsCase(params IReadOnlyList<int> Ids)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Ids);
}
