using System.Text;
using FluentAssertions;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Samplers, loss masks and tokenizers as a user writes them.</summary>
[Collection(nameof(NonParallel))]
public sealed class FunctionTextTests
{
    [Fact]
    public void A_sampler_of_masks_and_one_of_ranks_hold()
    {
        Judge.Sampler(ByMasks, Draw(ByMasks)).Verify();
        Judge.Sampler(ByRanks, Draw(ByRanks)).Verify();
    }

    [Fact]
    public void A_mask_of_another_ignore_index_holds()
    {
        Judge.Masks(tokens => (
            [.. tokens.Ids.Take(tokens.Ids.Count - 1).Select(id => (long)id)],
            [.. Enumerable.Range(1, tokens.Ids.Count - 1).Select(i => tokens.LossMask[i] ? tokens.Ids[i] : -100L)]), -100)
            .Verify();
        Judge.Rows((examples, length) =>
        {
            var row = examples.SelectMany((example, n) => example.Ids.Zip(example.Ids.Skip(1)).Select((pair, i) => (
                Input: (long)pair.First, Target: example.LossMask[i + 1] ? pair.Second : -100L,
                Start: examples.Take(n).Sum(before => before.Ids.Count - 1L)))).ToList();
            row.AddRange(Enumerable.Repeat((2L, -100L, (long)row.Count), length - row.Count));
            return ([.. row.Select(p => p.Input)], [.. row.Select(p => p.Target)], [.. row.Select(p => p.Start)]);
        }, -100).Verify();
    }

    [Fact]
    public void A_target_of_minus_one_is_no_ignored_one_of_another_index() =>
        Judge.Masks(tokens => (
            [.. tokens.Ids.SkipLast(1).Select(id => (long)id)],
            [.. tokens.Ids.Skip(1).Select((id, i) => tokens.LossMask[i + 1] ? id : -1L)]), ignoreIndex: -100)
            .Judge().Should().OnlyContain(judgment => !judgment.Verdict.Holds);

    [Fact]
    public void First_fit_holds() => Judge.Packing((lengths, rowLength) =>
    {
        var rows = new List<List<int>>();
        foreach (var i in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]))
        {
            var row = rows.Find(row => row.Sum(j => lengths[j]) + lengths[i] <= rowLength);
            if (row is null) rows.Add(row = []);
            row.Add(i);
        }
        return rows;
    }).Verify();

    [Fact]
    public void A_tokenizer_of_bytes_and_one_of_code_points_hold()
    {
        Judge.Tokenizer(new(
            text => [.. Encoding.UTF8.GetBytes(text).Select(value => (int)value)],
            ids => Encoding.UTF8.GetString([.. ids.Select(id => (byte)id)])),
            specialIds: new Dictionary<string, int> { ["<s>"] = 256, ["</s>"] = 257 }).Verify();
        Judge.Tokenizer(new(
            text => [.. text.EnumerateRunes().Select(rune => rune.Value)],
            ids => string.Concat(ids.Select(id => new Rune(id).ToString())))).Verify();
    }

    private static double[] ByMasks(float[] logits, SamplerConstants o, IReadOnlyList<int> chosen)
    {
        var z = logits.Select((x, i) =>
            !chosen.Contains(i) ? (double)x : x < 0 ? x * (float)o.RepetitionPenalty : x / (float)o.RepetitionPenalty).ToArray();
        if (o.Temperature == 0) return [.. z.Select((x, i) => i == Array.IndexOf(z, z.Max()) ? 1.0 : 0)];
        z = [.. z.Select(x => x / o.Temperature)];
        if (o.TopK > 0)
        {
            var least = z.OrderDescending().ElementAt(Math.Min(o.TopK, z.Length) - 1);
            z = [.. z.Select(x => x < least ? double.NegativeInfinity : x)];
        }
        var p = Softmax(z);
        if (o.TopP >= 1) return p;
        var kept = p.Where(x => x > 0).Where(x => p.Where(other => other > x).Sum() < o.TopP).Min();
        return Softmax([.. z.Select((x, i) => p[i] < kept ? double.NegativeInfinity : x)]);
    }

    private static double[] ByRanks(float[] logits, SamplerConstants o, IReadOnlyList<int> chosen)
    {
        var scores = (float[])logits.Clone();
        foreach (var id in chosen.Distinct())
            scores[id] *= scores[id] > 0 ? 1 / (float)o.RepetitionPenalty : (float)o.RepetitionPenalty;
        var ranked = Enumerable.Range(0, scores.Length).OrderByDescending(id => scores[id]).ToList();
        if (o.TopK > 0) ranked = [.. ranked.Take(o.TopK)];
        if (o.Temperature == 0) ranked = [.. ranked.Take(1)];
        var p = Softmax([.. ranked.Select(id => scores[id] / (o.Temperature == 0 ? 1 : o.Temperature))]);
        var (sum, result) = (0.0, new double[scores.Length]);
        for (var i = 0; i < p.Length && (sum < o.TopP || o.TopP >= 1); i++) sum += result[ranked[i]] = p[i];
        return [.. result.Select(x => x / sum)];
    }

    private static double[] Softmax(double[] z)
    {
        var powers = z.Select(x => Math.Exp(x - z.Max())).ToArray();
        return [.. powers.Select(power => power / powers.Sum())];
    }

    private static SampleTokens Draw(ComputeProbabilities compute) => (logits, o, count) =>
    {
        var (random, chosen) = (new Random((int)o.Seed + 5), new List<int>());
        double[]? known = null;
        while (chosen.Count < count)
        {
            if (o.RepetitionPenalty != 1 || known is null) known = compute(logits, o, chosen);
            var (limit, id) = (random.NextDouble(), 0);
            while ((limit -= known[id]) >= 0 && id < known.Length - 1) id++;
            chosen.Add(id);
        }
        return chosen;
    };
}
