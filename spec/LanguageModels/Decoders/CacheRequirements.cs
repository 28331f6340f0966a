using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>The key/value cache of generation: DEC-10, DEC-11, DEC-12.</summary>
public static class CacheRequirements
{
    private static readonly ReferenceGptOptions Rope = new() { Position = PositionKind.Rope, KeyValueHeads = 1 };
    private static readonly ReferenceGptOptions Alibi = new() { Position = PositionKind.Alibi };

    /// <summary>DEC-10.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> TokenByToken = new()
    {
        Id = "DEC-10",
        Statement = "Reading token by token with the cache gives the logits of reading the text at once.",
        Source = "BUG-ATT-06, BUG-ATT-07, BUG-GEN-03; TOL-DECODER",
        CanonicalCases = DecoderCase.Texts,
        Subject = Plain,
        Holds = (create, c, at) => JudgeChunks(create, c, at, time => [[.. Enumerable.Repeat(1L, time)]]),
        Impostors = new()
        {
            ["learned positions restart"] = Bug(DecoderBug.CachePositionsRestart),
            ["ALiBi distances restart"] = Bug(DecoderBug.CachePositionsRestart, Alibi),
            ["rotary positions restart"] = Bug(DecoderBug.CachePositionsRestart, Rope),
            ["cached keys rotated again"] = Bug(DecoderBug.CacheRotatesAgain, Rope),
            ["values are not cached"] = Bug(DecoderBug.CacheWithoutValues),
            ["the last cached token is lost"] = Bug(DecoderBug.CacheLosesLastToken),
            ["scores scaled by the length"] = Bug(DecoderBug.ScoresScaledByLength),
        },
    };

    /// <summary>DEC-11.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Chunks = new()
    {
        Id = "DEC-11",
        Statement = "Reading a text in chunks of any length with the cache gives the logits of reading it at once.",
        Source = "BUG-ATT-07, BUG-ATT-12; TOL-DECODER",
        CanonicalCases = DecoderCase.Texts,
        Subject = Plain,
        Holds = (create, c, at) => JudgeChunks(
            create, c, at, time =>
            [
                [time],
                [.. Enumerable.Repeat(2L, time / 2), .. time % 2 == 0 ? Array.Empty<long>() : [1L]],
                time > 6 ? [1, 5, time - 6] : [1, time - 1],
            ]),
        Impostors = new()
        {
            ["a chunk is not causal inside"] = Bug(DecoderBug.ChunkNotCausal),
            ["a chunk sees only itself"] = Bug(DecoderBug.ChunkSeesOnlyItself),
            ["the last cached token is lost"] = Bug(DecoderBug.CacheLosesLastToken),
            ["positions restart in each chunk"] = Bug(DecoderBug.CachePositionsRestart),
        },
    };

    /// <summary>DEC-12.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Separate = new()
    {
        Id = "DEC-12",
        Statement = "Two caches share nothing, and a new one is empty.",
        Source = "BUG-GEN-02",
        CanonicalCases = [new(2, 3), new(1, 7), new(3, 9)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Decoder.StartCache is not { } start) return Verdict.Skip("the decoder has no cache");
            var time = probe.Time(c);
            var ids = probe.Text(120, c.Rows, time);
            var other = probe.Different(ids, 121);
            var alone = ReadInChunks(probe, start(), ids, Enumerable.Repeat(1L, time));
            var (first, second) = (start(), start());
            var interleaved = cat(
                [
                    .. Enumerable.Range(0, time).Select(i =>
                    {
                        var logits = probe.Read(first, ids.narrow(1, i, 1));
                        probe.Read(second, other.narrow(1, i, 1));
                        return logits;
                    }),
                ], 1);
            var (shared, old) = (new LogitDifferences(probe), new LogitDifferences(probe));
            shared.Add(interleaved, alone);
            old.Add(ReadInChunks(probe, start(), ids, Enumerable.Repeat(1L, time)), alone);
            return Verdict.All(
                shared.JudgeExact("change by another cache ÷ largest logit"),
                old.JudgeExact("change in a new cache ÷ largest logit"));
        },
        Impostors = new()
        {
            // The cache gets three texts.
            ["one cache for all"] = Wrap(
                decoder =>
                {
                    var cache = new Lazy<Func<Tensor, Tensor>>(() => decoder.StartCache!());
                    return decoder with { StartCache = () => cache.Value };
                },
                new() { MaxLength = 3 * DecoderCase.Longest }),
            ["a new cache has the last tokens of the one before"] = Wrap(KeepLastToken),
        },
    };

    private static Verdict JudgeChunks(
        Func<long, Decoder> create, DecoderCase c, Conditions at, Func<int, IReadOnlyList<IReadOnlyList<long>>> getChunks)
    {
        using var probe = DecoderProbe.Open(create, at);
        if (probe.Decoder.StartCache is not { } start) return Verdict.Skip("the decoder has no cache");
        var time = probe.Time(c);
        if (time < 3) return Verdict.Skip("the decoder reads fewer than three tokens");
        var ids = probe.Text(100, c.Rows, time);
        var whole = probe.Logits(ids);
        var differences = new LogitDifferences(probe);
        foreach (var chunks in getChunks(time)) differences.Add(ReadInChunks(probe, start(), ids, chunks), whole);
        return differences.Judge("difference with and without cache ÷ largest logit");
    }

    private static Tensor ReadInChunks(DecoderProbe probe, Func<Tensor, Tensor> read, Tensor ids, IEnumerable<long> chunks)
    {
        var (logits, past) = (new List<Tensor>(), 0L);
        foreach (var length in chunks)
        {
            logits.Add(probe.Read(read, ids.narrow(1, past, length)));
            past += length;
        }
        return cat(logits, 1);
    }

    private static Decoder KeepLastToken(Decoder decoder)
    {
        Tensor? last = null;
        return decoder with
        {
            StartCache = () =>
            {
                var read = decoder.StartCache!();
                if (last is not null) read(last);
                return ids => read(last = ids);
            },
        };
    }
}
