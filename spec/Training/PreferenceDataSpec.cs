using System.Collections.Immutable;
using System.Runtime.InteropServices;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives.Preference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the key of cached reference log-probabilities.</summary>
public delegate ReferenceIdentity IdentifyReference(
    ParameterTable weights, IReadOnlyList<PreferencePair> pairs, ChatTemplate template, ComputeType type);

/// <summary>Renders a row of preference data as tokens.</summary>
public delegate PreferencePair RenderPair(ChatTemplate template, PreferenceRow row);

/// <summary>A question after an earlier one, and two answers to it.</summary>
/// <param name="Question">The last question.</param>
/// <param name="Chosen">The better answer.</param>
/// <param name="Rejected">The other.</param>
/// <param name="Context">The context; null for none.</param>
/// <param name="Task">The task of the conversation; null for none.</param>
public sealed record PairText(string Question, string Chosen, string Rejected, string? Context = null, string? Task = null)
{
    internal PreferenceRow Row => new("pairs.jsonl", 1, With(Chosen), With(Rejected));

    internal Conversation Prompt => new(
    [
        .. Task is null ? Array.Empty<ChatMessage>() : [ChatMessage.System(Task)],
        ChatMessage.User("Günaydın, bir sorum var."), ChatMessage.Assistant("Günaydın! Buyurun, sorunuz nedir?"),
        Context is null ? ChatMessage.User(Question) : ChatMessage.User(Question, Context),
    ]);

    private Conversation With(string answer) => Prompt.Append(ChatMessage.Assistant(answer));
}

/// <summary>Tokens of preference pairs, and the identity of cached references: DPO-08, DPO-09.</summary>
public static class PreferenceDataSpec
{
    public static readonly Requirement<PairText, RenderPair> DPO_08_OnePrompt = new()
    {
        Id = "DPO-08",
        Statement = "Both answers follow the same tokens as the prompt of generation; the loss mask is the answer and the end of "
            + "its turn, nothing else.",
        Source = "BUG-DPO-08 (axolotl #1616, trl PR #1885), BUG-SFT-04, BUG-SFT-08, BUG-SFT-19, BUG-SFT-21",
        CanonicalCases =
        [
            new("Makara üzerindeki ışık neden sönüyor?", "Çünkü İğdır'daki ünite güç çekmiyor.", "Bilmiyorum."),
            new(
                "\nKaç metre kablo kaldı?  ", "  1.250 m kaldı.\n\n- Depo: Çayırova\n", "<|eot_id|>",
                "Stok: 1.250 m, depo Çayırova.", "Kısa yanıt ver."),
        ],
        Subject = (_, _) => PreferenceDataset.Render,
        Holds = (render, c, at) =>
        {
            var template = new ChatTemplate(at.Tokenizer);
            var (pair, prompt) = (render(template, c.Row), template.RenderPrompt(c.Prompt));
            return Verdict.All([
                .. Judge(pair.Chosen, c.Row.Chosen, "chosen"), .. Judge(pair.Rejected, c.Row.Rejected, "rejected"),
            ]);

            IEnumerable<Verdict> Judge(TokenizedExample tokens, Conversation conversation, string side)
            {
                int[] ids = [.. tokens.Ids.Select(id => (int)id)];
                yield return Verdict.SameElements(prompt, [.. ids.Take(prompt.Count)], $"prompt of the {side} answer");
                yield return Verdict.SameElements(
                    [.. Enumerable.Range(0, ids.Length).Select(i => i >= prompt.Count)],
                    tokens.LossMask, $"marks of the {side} answer");
                yield return Verdict.Equal(
                    1,
                    ids.Count(id => id == SpecialTokens.BeginOfText),
                    $"begin-of-text tokens of the {side} answer");
                yield return Verdict.Equal(SpecialTokens.EndOfTurn, ids[^1], $"end of the {side} answer");
                yield return Verdict.Equal(
                    conversation.Messages[^1].Text, at.Tokenizer.Decode(ids.SkipLast(1).Skip(prompt.Count)),
                    $"text of the {side} answer");
            }
        },
        Impostors = new()
        {
            ["the answer starts with begin of text"] = (c, at) =>
                Each(c, at, (ids, marks, start) => (ids.Insert(start, SpecialTokens.BeginOfText), marks.Insert(start, true))),
            ["the header is learned"] = (c, at) => Each(c, at, (ids, marks, start) => (ids, marks.SetItem(start - 1, true))),
            ["the first token is not learned"] = (c, at) =>
                Each(c, at, (ids, marks, start) => (ids, marks.SetItem(start, false))),
            ["the end of turn is not learned"] = (c, at) =>
                Each(c, at, (ids, marks, _) => (ids, marks.SetItem(marks.Count - 1, false))),
            ["the end of turn is missing"] = (c, at) =>
                Each(c, at, (ids, marks, _) => (ids.RemoveAt(ids.Count - 1), marks.RemoveAt(marks.Count - 1))),
            ["an end of text after the answer"] = (c, at) =>
                Each(c, at, (ids, marks, _) => (ids.Add(SpecialTokens.EndOfText), marks.Add(true))),
            ["earlier answers are learned too"] = (_, _) => (template, row) =>
                new(RenderExample(template, row.Chosen), RenderExample(template, row.Rejected)),
            ["the rejected answer has no prompt"] = (_, _) => (template, row) => PreferenceDataset.Render(
                template,
                row with
                {
                    Rejected = new(ChatMessage.User(row.Rejected.Messages[^2].Text), row.Rejected.Messages[^1]),
                }),
            ["answers swapped"] = (_, _) => (template, row) =>
                PreferenceDataset.Render(template, row with { Chosen = row.Rejected, Rejected = row.Chosen }),
        },
    };

    public static readonly Requirement<PreferencePairCase, IdentifyReference> DPO_09_Identity = new()
    {
        Id = "DPO-09",
        Statement = "A cached reference counts as stale if a bit of a weight, a token, a loss mask, the order of pairs or "
            + "answers, the template or the number type differs.",
        Source = "BUG-DPO-04: log-probabilities of another model or of other pairs are no reference",
        CanonicalCases = [PreferencePairCase.Usual[0], PreferencePairCase.WithDropout[1]],
        Subject = (_, _) => ReferenceIdentity.Create,
        Holds = (identify, c, at) =>
        {
            using var weights = ModelCase.Weights(c.Model.Config, at);
            using var other = weights.CreateLike(name => WithLastBitFlipped(weights[name], flip: name == "norm.weight"));
            var (pairs, template) = (c.Pairs(at), new ChatTemplate(at.Tokenizer));
            var kept = identify(weights, pairs, template, ComputeType.Float32);
            var first = pairs[0];
            return Verdict.All(
                Verdict.Equal(
                    null,
                    identify(weights, [.. pairs], new ChatTemplate(at.Tokenizer), ComputeType.Float32).DescribeDifference(kept),
                    "differences between equal pairs"),
                Stale("a bit of a weight", identify(other, pairs, template, ComputeType.Float32)),
                Stale(
                    "a token",
                    identify(
                        weights,
                        ReplaceFirst(pairs, first with { Chosen = WithOtherEndToken(first.Chosen) }),
                        template, ComputeType.Float32)),
                Stale(
                    "a mark",
                    identify(
                        weights,
                        ReplaceFirst(pairs, first with { Rejected = WithoutLastMaskEntry(first.Rejected) }),
                        template, ComputeType.Float32)),
                Stale("the order of the pairs", identify(weights, [.. pairs.Reverse()], template, ComputeType.Float32)),
                Stale(
                    "the order of two answers",
                    identify(weights, ReplaceFirst(pairs, new(first.Rejected, first.Chosen)), template, ComputeType.Float32)),
                Stale("a pair less", identify(weights, [.. pairs.SkipLast(1)], template, ComputeType.Float32)),
                Stale(
                    "the task of the template",
                    identify(weights, pairs, new ChatTemplate(at.Tokenizer, "Kısa yanıt ver."), ComputeType.Float32)),
                Stale("the number type", identify(weights, pairs, template, ComputeType.BFloat16)));

            Verdict Stale(string what, ReferenceIdentity identity) =>
                Verdict.That(
                    identity.DescribeDifference(kept) is not null,
                    $"{what} is another: {identity.DescribeDifference(kept) ?? "not seen"}");
        },
        Impostors = new()
        {
            ["weights are not compared"] = (_, _) => (weights, pairs, template, compute) =>
                ReferenceIdentity.Create(weights, pairs, template, compute) with { Weights = "" },
            ["only the shapes of weights"] = (_, _) =>
                (weights, pairs, template, compute) =>
                    ReferenceIdentity.Create(weights, pairs, template, compute) with
                    {
                        Weights = string.Join(' ', weights.Shapes.Select(w => w.Name)),
                    },
            ["pairs are counted"] = (_, _) => (weights, pairs, template, compute) =>
                ReferenceIdentity.Create(weights, pairs, template, compute) with { Pairs = $"{pairs.Count}" },
            ["loss masks are not compared"] = (_, _) => (weights, pairs, template, compute) =>
                ReferenceIdentity.Create(weights, pairs, template, compute) with
            {
                Pairs = string.Join(
                    '|',
                    pairs.Select(pair => $"{string.Join(' ', pair.Chosen.Ids)}/{string.Join(' ', pair.Rejected.Ids)}")),
            },
            ["pairs in any order"] = (_, _) => (weights, pairs, template, compute) =>
                ReferenceIdentity.Create(weights, pairs, template, compute) with
            {
                Pairs = string.Concat(pairs.Select(pair => PreferenceDataset.ComputeHash([pair])).Order(StringComparer.Ordinal)),
            },
            ["answers in any order"] = (_, _) => (weights, pairs, template, compute) =>
                ReferenceIdentity.Create(weights, pairs, template, compute) with
            {
                Pairs = string.Concat(
                    pairs.SelectMany(pair =>
                        new[]
                        {
                            PreferenceDataset.ComputeHash([new(pair.Chosen, pair.Chosen)]),
                            PreferenceDataset.ComputeHash([new(pair.Rejected, pair.Rejected)]),
                        }.Order(StringComparer.Ordinal))),
            },
            ["the template is not compared"] = (_, _) => (weights, pairs, template, compute) =>
                ReferenceIdentity.Create(weights, pairs, template, compute) with { Template = "" },
            ["the number type is not compared"] = (_, _) => (weights, pairs, template, _) =>
                ReferenceIdentity.Create(weights, pairs, template, ComputeType.Float32),
        },
    };

    public static IReadOnlyList<Requirement> All => [DPO_08_OnePrompt, DPO_09_Identity];

    private static TokenizedExample RenderExample(ChatTemplate template, Conversation conversation)
    {
        var rendered = template.Render(conversation, Supervision.All);
        return new(rendered.Ids, rendered.LossMask);
    }

    // Renders the correct tokens of both answers and applies one error. start is the first token of an answer.
    private static RenderPair Each(
        PairText c,
        Conditions at,
        Func<ImmutableList<int>, ImmutableList<bool>, int, (ImmutableList<int>, ImmutableList<bool>)> change) =>
        (template, row) =>
    {
        var (pair, start) = (
            PreferenceDataset.Render(template, row), new ChatTemplate(at.Tokenizer).RenderPrompt(c.Prompt).Count);
        return new(Change(pair.Chosen), Change(pair.Rejected));

        TokenizedExample Change(TokenizedExample tokens)
        {
            var (ids, marks) = change([.. tokens.Ids.Select(id => (int)id)], [.. tokens.LossMask], start);
            return new(ids, marks);
        }
    };

    private static TokenizedExample WithOtherEndToken(TokenizedExample tokens) =>
        new([.. tokens.Ids.SkipLast(1).Select(id => (int)id), tokens.Ids[^1] ^ 1], tokens.LossMask);

    private static TokenizedExample WithoutLastMaskEntry(TokenizedExample tokens) =>
        new([.. tokens.Ids.Select(id => (int)id)], [.. tokens.LossMask.SkipLast(1), false]);

    private static IReadOnlyList<PreferencePair> ReplaceFirst(IReadOnlyList<PreferencePair> pairs, PreferencePair first) =>
        [first, .. pairs.Skip(1)];

    private static Tensor WithLastBitFlipped(Tensor weight, bool flip)
    {
        using var grad = no_grad();
        using var host = weight.detach().to(float32, CPU, copy: true);
        if (flip) MemoryMarshal.Cast<byte, int>(host.bytes)[^1] ^= 1;
        return host.to(float32, weight.device, copy: true);
    }
}
