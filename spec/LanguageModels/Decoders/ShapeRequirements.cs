using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>What goes in and comes out: DEC-01, DEC-22, DEC-25, DEC-26.</summary>
public static class ShapeRequirements
{
    private static readonly ReferenceGptOptions ManyIds = new() { Vocabulary = 311 };

    /// <summary>DEC-01.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Shape = new()
    {
        Id = "DEC-01",
        Statement = "Logits have the shape [b, t, V] and are finite, for the first and the last id, for one token and for the "
            + "longest text.",
        Source = "BUG-LOS-10",
        CanonicalCases = [new(2, 3), new(3, 7), new(1, DecoderCase.Longest)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            using var grad = no_grad();
            var longest = c.Time == DecoderCase.Longest ? probe.Decoder.MaxLength : probe.Time(c);
            return Verdict.All(new[] { 1, longest }.SelectMany(time =>
            {
                var ids = probe.Text(200, c.Rows, time);
                ids.narrow(1, 0, 1).fill_(probe.Half(0)[0]);
                ids.narrow(1, time - 1, 1).fill_(probe.Half(1)[^1]);
                var logits = probe.Decoder.Logits(ids);
                return new[]
                {
                    Verdict.Equal($"[{c.Rows}, {time}, {probe.Decoder.Vocabulary}]", logits.FormatShape(), "shape of the logits"),
                    Verdict.That(logits.is_floating_point(), $"number type of the logits = {logits.dtype}"),
                    Verdict.AtMost(0L, logits.numel() - logits.isfinite().sum().item<long>(), "logits that are not finite"),
                };
            }));
        },
        Impostors = new()
        {
            ["the last position only"] = Logits(logits => logits.narrow(1, logits.size(1) - 1, 1)),
            ["time before rows"] = Logits(logits => logits.transpose(0, 1)),
            ["one column too few"] = Logits(logits => logits.narrow(2, 0, logits.size(2) - 1)),
            ["not a number at the last id"] = Wrap(decoder => decoder with { Logits = ids => SpoilLastId(decoder, ids) }),
        },
    };

    /// <summary>DEC-22.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> EveryId = new()
    {
        Id = "DEC-22",
        Statement = "Every id is read as itself: the first and the last ids and those around 256 give different logits.",
        Source = "definition",
        CanonicalCases = [new(2, 2), new(1, 7)],
        Subject = With(ManyIds),
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var (ids, last) = (probe.Text(220, c.Rows, probe.Time(c)), probe.Decoder.Vocabulary - 1);
            var logits = new long[] { 0, 1, 255, 256, last - 1, last }
                .Where(id => id >= 0 && id <= last && id != probe.Decoder.PaddingId)
                .Distinct()
                .Select(id =>
                {
                    var text = ids.clone();
                    text.narrow(1, text.size(1) - 1, 1).fill_(id);
                    return (Id: id, Logits: probe.Logits(text));
                })
                .ToArray();
            return Verdict.All(
                from a in logits
                from b in logits
                where a.Id < b.Id
                select LogitDifferences.Differs(a.Logits.LargestDifference(b.Logits), $"difference of ids {a.Id} and {b.Id}"));
        },
        Impostors = new()
        {
            ["ids modulo 256"] = Ids(ids => ids.remainder(256), ManyIds),
            ["the last id clamped"] = Ids(ids => ids.clamp_max(ManyIds.Vocabulary - 2), ManyIds),
            ["ids in pairs"] = Ids(ids => ids - ids.remainder(2), ManyIds),
        },
    };

    /// <summary>DEC-25.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> IdsUntouched = new()
    {
        Id = "DEC-25",
        Statement = "A decoder does not change the ids that it reads.",
        Source = "BUG-NRM-01",
        CanonicalCases = DecoderCase.Usual,
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var ids = probe.Text(250, c.Rows, probe.Time(c));
            ids.narrow(1, 0, 1).fill_(probe.Half(1)[^1]);
            var before = ids.clone();
            probe.Logits(ids);
            return Verdict.SameElements(before.Longs(), ids.Longs(), "ids after reading");
        },
        Impostors = new()
        {
            ["shifts in place"] = Ids(ids => ids.copy_(ids.roll(1, 1).clone().index_fill_(1, tensor(new[] { 0L }), 3))),
            ["clamps in place"] = Ids(ids => ids.clamp_max_(90)),
        },
    };

    /// <summary>DEC-26.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> NoLeak = new()
    {
        Id = "DEC-26",
        Statement = "A forward and a backward pass in a scope leave no tensor.",
        Source = "TorchSharp, DisposeScope",
        CanonicalCases = [new(2, 2), new(3, 7)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var ids = probe.Text(260, c.Rows, probe.Time(c));
            probe.WarmUp(ids);
            var alive = 0L;
            for (var call = 1; call <= 8; call++)
            {
                using (NewDisposeScope())
                {
                    var loss = probe.Decoder.Logits(ids).square().mean();
                    if (loss.requires_grad) loss.backward();
                }
                if (call == 3) alive = CountTensors();
            }
            return Verdict.AtMost(0L, CountTensors() - alive, "tensors left by five passes");
        },
        Impostors = new()
        {
            ["keeps its logits"] = Wrap(decoder => RetainTensors(decoder, ids => decoder.Logits(ids))),
            ["keeps a copy of the ids"] = Wrap(decoder => RetainTensors(decoder, ids => ids.clone())),
        },
    };

    private static long CountTensors() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    private static Tensor SpoilLastId(Decoder decoder, Tensor ids) =>
        decoder.Logits(ids).masked_fill(ids.eq(decoder.Vocabulary - 1).unsqueeze(2), double.NaN);

    private static Decoder RetainTensors(Decoder decoder, Func<Tensor, Tensor> select)
    {
        var retained = new RetainedTensors(decoder);
        return decoder with
        {
            Logits = ids =>
            {
                retained.Add(select(ids).detach().DetachFromDisposeScope());
                return decoder.Logits(ids);
            },
            Owned = retained,
        };
    }

    private sealed class RetainedTensors(Decoder decoder) : IDisposable
    {
        private readonly List<Tensor> _tensors = [];

        public void Add(Tensor tensor) => _tensors.Add(tensor);

        public void Dispose()
        {
            foreach (var tensor in _tensors) tensor.Dispose();
            decoder.Dispose();
        }
    }
}
