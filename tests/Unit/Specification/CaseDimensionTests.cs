using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// A requirement that keeps a dimension at one value is blind to it: every dimension takes two values among its canonical cases,
/// or has a reason why it does not.
/// </summary>
[Trait("Suite", "Fast")]
public sealed class CaseDimensionTests
{
    /// <summary>Requirements, dimensions that have one value in all of their cases, and the reason.</summary>
    private static readonly (string Ids, string Dimensions, string Reason)[] Exemptions =
    [
        ("P01 P03 P08 P49 TOK-03 DAT-32 SFT-32", "case", "The case is a name: there is one tokenizer, one table, one run."),
        ("P05", "Text", "One page of text."),
        ("DAT-30", "Files", "Windows over several files are DAT-09."),
        ("P09 P14 P32", "Name Parameters", "Each of the three requirements is about one preset."),
        ("P10 TIE-01 TIE-02 TIE-03", "Tied", "The requirement is about tied embeddings."),
        ("ATT-08 TIE-04", "Model.Tied Tied", "Tied, a row of the embedding gets gradients from the head too."),
        ("ATT-08", "Model.Batch", "Rows apart are ATT-09."),
        ("P18", "Scale", "The requirement is about an input of zeros."),
        ("P38 P59", "Small", "Null is the run's own model; the small ones have two values of every property."),
        ("P19", "Slopes#", "The requirement compares slopes with one another, not with given ones."),
        ("INI-01 INI-02", "Batch Time", "Initial weights read no batch."),
        ("GEN-02", "Batch", "A text generator holds one text."),
        ("GEN-04", "Temperature TopK TopP Chosen#", "The penalty alone; GEN-09 has all options together."),
        ("GEN-05", "Temperature TopK ExpectedProbabilities#", "Top-p alone; GEN-09 and GEN-20 have all options together."),
        ("GEN-06", "TopK TopP ExpectedProbabilities#", "The requirement is about top-k 0 and top-p 1."),
        ("GEN-08 GEN-20", "ExpectedProbabilities#", "Four tokens show every order; GEN-09 has eight and nine."),
        ("GEN-09", "TopK Chosen#", "Property tests draw all options and logits."),
        ("GEN-18", "Penalty Chosen#", "Logits far from zero with a penalty are far from their differences by definition."),
        ("GEN-19", "Logits#", "Four tokens in nine choices show which are remembered."),
        ("GEN-21 GEN-22 GEN-23 GEN-26 GEN-27", "Model.Batch Model.Time", "Texts have lengths of their own."),
        ("GEN-21 GEN-22 GEN-23 GEN-26 GEN-27", "Model.Dropout", "A decoder has no dropout."),
        ("OPT-01", "Steps", "The requirement is about one step: the second would have moments."),
        ("NUM-04", "Settings.WeightDecay", "Decay would move the weights too; OPT-13 has both."),
        ("P60 ACC-06 EVL-09", "Model.Dropout", "The oracle has no dropout; P-ACCUM with dropout is RNK-05."),
        ("RNK-02 RNK-03 SAF-04", "Step.Model.Dropout", "The oracle has no dropout; RNK-05 compares ranks with dropout."),
        (
            "P42", "Width Layers Heads KeyValueHeads Inner Batch Time Tied Vocabulary Dropout",
            "Sixty steps of a second model would double the cost of the most expensive requirement; P40 has other models."),
        ("DPO-05", "Pairs.Model.Dropout", "The oracle has no dropout."),
        (
            "ACC-10",
            "Model.Width Model.Layers Model.Heads Model.KeyValueHeads Model.Inner Model.Batch Model.Time Model.Tied "
                + "Model.Vocabulary Model.Dropout RowsPerMicroBatch# RowsPerMicroBatch",
            "Sixty-four equal rows, so that rounding adds up; P60 has other models and rows."),
        ("DPO-01 DPO-02 DPO-04 DPO-09 DPO-10 DPO-14", "Model.Batch Model.Time", "Pairs have lengths of their own."),
        ("DPO-05", "Pairs.Model.Batch Pairs.Model.Time", "Pairs have lengths of their own."),
        ("DPO-05", "Pairs.Lengths# Rows#", "Three pairs in two unequal micro-batches; P60 has one to six."),
        ("DPO-05", "Objective.Lambda", "One of the three objectives has it; DPO-11 has three values."),
        ("DPO-02", "Lengths.Chosen Lengths.Rejected", "The answers differ in their only token."),
        ("DPO-13", "Steps", "Four steps change the margin visibly."),
        ("KTO-03 RWM-01 RWM-03", "Pairs.Model.Batch Pairs.Model.Time", "Answers have lengths of their own."),
        ("KTO-03 RWM-03", "Pairs.Model.Dropout", "The oracle has no dropout; RWM-01 has dropout."),
        ("RWD-01", "Answers#", "One table of answers."),
        ("GRP-05 GRP-07", "Model.Batch Model.Time", "Answers have lengths of their own."),
        ("GRP-05 GRP-07", "Model.Dropout", "The oracle has no dropout."),
        ("SEL-03", "Questions# Questions", "One table of questions with every outcome."),
        ("OPT-25", "Shapes#", "Square, wide and tall matrices."),
        ("ACC-16", "Model.Dropout", "Without dropout, an impostor that draws other random numbers is right."),
        ("SFT-33", "Levers", "CKP-04 has both."),
        ("EVL-01", "Windows", "A limit of windows is in EVL-03."),
        ("EVL-03", "Texts#", "EVL-01 has two and three documents."),
        ("EVL-07", "Choices#", "Property tests draw choices; two show the divisor."),
        ("EVL-08", "Context#", "A context would be shortened; SFT-22 and EVL-06 have contexts."),
        ("EVL-11", "Name Equivalent# Different#", "One table of pairs."),
        ("EVL-17", "First# Second#", "All resamples of five rows can be enumerated."),
        ("EVL-18", "Name Rows#", "One table of answers."),
        ("EVL-19", "Name Question Context Rows#", "One table of answers."),
        ("EVL-20", "Refusal Refused# Given#", "One table of answers."),
        ("EVL-41", "Missed#", "Two missed bounds would not show that they are exchanged, none not that nothing is judged."),
        ("RNK-06", "Rank", "A difference is seen by all ranks alike."),
        (
            "CKP-01 CKP-02 CKP-18", "Model.Batch Model.Time Model.Vocabulary Model.Dropout",
            "Files hold weights by name and shape, which differ within a model."),
        (
            "CKP-20 CKP-22 CKP-23", "Batch Time Vocabulary Dropout",
            "Files hold weights by name and shape, which differ within a model."),
        ("CKP-21", "Count", "Views of one storage."),
        ("GGF-01", "Type", "The requirement is about exact values; GGF-02 and GGF-03 have the other types."),
        (
            "GGF-01 GGF-02", "Model.Batch Model.Time",
            "Files hold weights by name and shape, which differ within a model."),
        ("IMP-02", "Model.Tied", "A tied head is the embedding; IMP-03 and IMP-04 have one."),
        ("SAF-02 SAF-03 CKP-05", "SavedAfter", "Divergence comes at several distances from the one checkpoint."),
        ("DAT-43", "Count", "The number of pairs that are drawn, not a property of one."),
        ("SFT-01 SFT-12 SFT-21", "Turns#", "Chats with every role; property tests draw one to four questions."),
        ("SFT-24", "Turns#", "Open: chats with every role, all of seven turns."),
        ("SFT-25 SFT-37", "Chat.Turns#", "Chats with every role, of seven turns; SFT-37 renders each beginning of them."),
        ("TPL-01 TPL-02", "Chat.Turns#", "Chats with every role, of seven turns; TPL-01 renders each beginning of them."),
        ("TPL-03 TPL-05", "Chat.Name Chat.Turns# Chat.Turns.Context#", "The chat that forges marks, in every format."),
        ("TPL-04", "Chat.Chat.Turns# Task", "Chats with every role; SFT-37 has another system prompt."),
        ("SFT-05", "Chat.Turns#", "Open: a chat with every role, of seven turns, under every policy."),
        ("SFT-22", "Turns.Context#", "Each role once; property tests draw several contexts."),
        ("SFT-13", "Examples#", "Property tests draw one to five examples."),
        ("SFT-26", "Spellings#", "Two spellings of each call."),
        ("KRN-01", "Model", "Null is a model larger than the blocks of kernels; cases of a plan have the sizes of the plan."),
        (
            "SHD-01 SHD-02 SHD-03 SHD-04 SHD-05 SHD-07",
            "Objective Start Event StepsBefore Accumulation Packing Mixture Adapter Frozen Multipliers Untied BFloat16 Ranks "
            + "Steps OwnPlan StableDecay Muon Averaged Recomputed", "ShadowCoverTests cover every pair of features."),
        ("SYN-05", "Right# Wrong#", "One table of claims."),
        ("SYN-12", "Budget", "No limit; the budget over restarts is SYN-11."),
        ("RET-02", "Pairs.ValidationShare", "Passages of the other split are SYN-02."),
    ];

    [Fact]
    public void Every_dimension_has_two_values_or_a_reason_why_not()
    {
        var constant = FindConstant();
        string.Join('\n', constant.Except(ListExempted()))
            .Should().BeEmpty("add a canonical case with another value, or a reason to the list");
    }

    [Fact]
    public void Every_reason_is_still_needed() =>
        string.Join('\n', ListExempted().Except(FindConstant()))
            .Should().BeEmpty("the dimension takes two values now, or is no longer there");

    private static string[] FindConstant() =>
        [.. from r in RequirementCatalog.All from dimension in CaseDimensions.FindConstant(r) select $"{r.Id} {dimension}"];

    // The combinations of ids and dimensions that are constant, and every id or dimension of an entry of which none is.
    private static IEnumerable<string> ListExempted()
    {
        var constant = FindConstant().ToHashSet(StringComparer.Ordinal);
        foreach (var (ids, dimensions, _) in Exemptions)
        {
            string[] all = [.. from id in ids.Split(' ') from dimension in dimensions.Split(' ') select $"{id} {dimension}"];
            foreach (var id in ids.Split(' '))
            {
                string[] own = [.. all.Where(entry => entry.StartsWith(id + " ", StringComparison.Ordinal))];
                foreach (var entry in own.Any(constant.Contains) ? own.Where(constant.Contains) : own) yield return entry;
            }
            foreach (var dimension in dimensions.Split(' '))
                if (!all.Any(entry => entry.EndsWith(" " + dimension, StringComparison.Ordinal) && constant.Contains(entry)))
                    yield return $"{ids} {dimension}";
        }
    }
}
