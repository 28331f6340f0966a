using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Export;

/// <summary>Texts, and what is true of the logits of every decoder that reads them.</summary>
internal sealed class DecoderChecks
{
    private static readonly (int Rows, int Time)[] Sizes = [(2, 2), (3, 7), (2, 17), (1, 128)];

    private readonly ExportedTensors _tensors;
    private readonly DecoderFacts _facts;
    private readonly Conditions _at;
    private readonly long[] _tokens;
    private readonly Dictionary<string, double> _allowed, _exact;
    private long _salt = 1000;

    /// <summary>Draws the texts.</summary>
    /// <param name="tensors">Receives them.</param>
    /// <param name="facts">Sizes of the decoder.</param>
    /// <param name="at">The seed; float32 on the CPU.</param>
    public DecoderChecks(ExportedTensors tensors, DecoderFacts facts, Conditions at)
    {
        (_tensors, _facts, _at) = (tensors, facts, at);
        _tokens = [.. Enumerable.Range(0, facts.Vocabulary).Where(id => id != facts.PaddingId).Select(id => (long)id)];
        _allowed = new[] { ScalarType.Float32, ScalarType.BFloat16 }.ToDictionary(
            GetName, type => Tolerance.Decoder(type, facts.Layers, facts.Width));
        _exact = _allowed.ToDictionary(entry => entry.Key, _ => 0.0);
        foreach (var (rows, time) in Sizes.Select(size => (size.Rows, Math.Min(size.Time, facts.MaxLength))).Distinct())
            Checks.AddRange([.. OfOneText(rows, time), .. OfRows(rows, time), .. OfIds(rows, time)]);
    }

    /// <summary>The checks.</summary>
    public List<DecoderCheck> Checks { get; } = [];

    /// <summary>The requirements of the checks.</summary>
    public static IReadOnlyList<Requirement> Requirements { get; } =
        [.. Judge.Decoder(_ => throw new NotSupportedException()).Where(
            requirement => requirement.Id is "DEC-02" or "DEC-03" or "DEC-04" or "DEC-05" or "DEC-06" or "DEC-07" or "DEC-13"
                or "DEC-21" or "DEC-22")];

    private IEnumerable<DecoderCheck> OfOneText(int rows, int time)
    {
        var ids = Text(rows, time);
        var (other, whole) = (Different(ids), Add(ids));
        yield return new EqualLogits("DEC-13", Slice(whole, rows, 0, time), Slice(whole, rows, 0, time), _exact);
        foreach (var cut in time <= 17 ? Enumerable.Range(1, time - 1) : [1, 2, time / 2, time - 1])
        {
            var changed = Add(cat([ids.narrow(1, 0, cut), other.narrow(1, cut, time - cut)], 1));
            yield return new EqualLogits("DEC-02", Slice(whole, rows, 0, cut), Slice(changed, rows, 0, cut), _allowed);
            yield return new DifferentLogits("DEC-02", Slice(whole, rows, cut, cut + 1), Slice(changed, rows, cut, cut + 1));
            yield return new EqualLogits(
                "DEC-04", Slice(whole, rows, 0, cut), Slice(Add(ids.narrow(1, 0, cut)), rows, 0, cut), _allowed);
            // Up to the position before the cut, all tokens are of one half; after it, of the other.
            var halves = cat([Text(rows, cut, half: 0), Text(rows, time - cut, half: 1)], 1);
            yield return Gradient("DEC-03", halves, arange(time).eq(cut - 1).view(1, -1, 1));
        }
        if (time < 3) yield break;
        var exchanged = cat(
            [ids.narrow(1, 0, time - 3), ids.narrow(1, time - 2, 1), ids.narrow(1, time - 3, 1), ids.narrow(1, time - 1, 1)], 1);
        // In rows in which both tokens are the same, nothing is exchanged.
        for (var row = 0; row < rows; row++)
            if (ids[row, time - 3].item<long>() != ids[row, time - 2].item<long>())
                yield return new DifferentLogits(
                    "DEC-21", new(whole, [row, row + 1], [time - 1, time]),
                    new(Add(exchanged), [row, row + 1], [time - 1, time]));
    }

    private IEnumerable<DecoderCheck> OfRows(int rows, int time)
    {
        if (rows == 1) yield break;
        var ids = Text(rows, time);
        var (other, together) = (Different(ids), Add(ids));
        for (var row = 0; row < rows; row++)
        {
            var isRow = arange(rows).eq(row).unsqueeze(1);
            LogitSlice Row(string text, long at) => new(text, [at, at + 1], [0, time]);
            yield return new EqualLogits("DEC-05", Row(together, row), Row(Add(where(isRow, ids, other)), row), _allowed);
            yield return new EqualLogits("DEC-06", Row(together, row), Row(Add(ids.narrow(0, row, 1)), 0), _allowed);
            yield return new EqualLogits("DEC-06", Row(together, row), Row(Add(ids.flip(0)), rows - 1 - row), _allowed);
            yield return Gradient(
                "DEC-07", where(isRow, Text(rows, time, half: 0), Text(rows, time, half: 1)), isRow.unsqueeze(2));
        }
    }

    private IEnumerable<DecoderCheck> OfIds(int rows, int time)
    {
        var ids = Text(rows, time);
        var last = _facts.Vocabulary - 1;
        var texts = new long[] { 0, 1, 255, 256, last - 1, last }.Distinct().Where(id => _tokens.Contains(id)).Select(id =>
        {
            var text = ids.clone();
            text.narrow(1, time - 1, 1).fill_(id);
            return Slice(Add(text), rows, time - 1, time);
        }).ToArray();
        return texts.SelectMany((a, i) => texts[(i + 1)..].Select(b => new DifferentLogits("DEC-22", a, b)));
    }

    private NoGradient Gradient(string requirement, Tensor ids, Tensor isRead)
    {
        var (seen, unseen) = (Half(0), Half(1));
        var upstream = _at.Normal(_salt++, 1, ids.size(0), ids.size(1), _facts.Vocabulary) * isRead;
        return new(
            requirement, Add(ids), _tensors.Add("decoder.upstream", upstream.index_fill(2, tensor(unseen), 0)),
            _tensors.Add("decoder.tokens", tensor(unseen)), _tensors.Add("decoder.tokens", tensor(seen)));
    }

    private static LogitSlice Slice(string ids, long rows, long start, long end) => new(ids, [0, rows], [start, end]);

    private static string GetName(ScalarType type) => type == ScalarType.BFloat16 ? "bfloat16" : "float32";

    private string Add(Tensor ids) => _tensors.Add("decoder.ids", ids);

    private long[] Half(int half) => half == 0 ? _tokens[..(_tokens.Length / 2)] : _tokens[(_tokens.Length / 2)..];

    private Tensor Text(long rows, long time, int? half = null)
    {
        var chosen = half is { } one ? Half(one) : _tokens;
        return tensor(chosen)[_at.Ids(_salt++, chosen.Length, rows, time)];
    }

    // Another text that differs at every place.
    private Tensor Different(Tensor ids)
    {
        var places = Enumerable.Range(0, _facts.Vocabulary).Select(id => (long)(id > _facts.PaddingId ? id - 1 : id));
        var step = 1 + _at.Ids(_salt++, _tokens.Length - 1, ids.shape);
        return tensor(_tokens)[(tensor([.. places])[ids] + step).remainder(_tokens.Length)];
    }
}
