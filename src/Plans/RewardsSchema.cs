using static TurkishLlm.Plans.PlanRange;

namespace TurkishLlm.Plans;

/// <summary>The keys of a section <c>rewards</c>, which belongs to plans and to commands that judge generated answers.</summary>
internal static class RewardsSchema
{
    private static PlanSection<PatternRewardPlan> Pattern { get; } = new PlanSection<PatternRewardPlan>(
        "A regular expression that answers should match.", new(""))
        .Key("matches", pattern => pattern.Matches, PlanValue.Text,
            "The expression, which must match the whole answer; without backreferences, lookahead and lookbehind.",
            isRequired: true)
        .Key("weight", pattern => pattern.Weight, PlanValue.Number, "Weight among the rewards.", MoreThan(0), "");

    private static PlanSection<LengthRewardPlan> Length { get; } = new PlanSection<LengthRewardPlan>(
        "The length that answers should have; the score falls with the ratio to the nearer bound.", new(1))
        .Key("minimum", length => length.Minimum, PlanValue.Integer, "Shortest length with the full score.", AtLeast(0), "")
        .Key("maximum", length => length.Maximum, PlanValue.Integer, "Longest length with the full score.", AtLeast(1), "",
            isRequired: true)
        .Key("unit", length => length.Unit, PlanValue.LengthUnit, "Unit of minimum and maximum.")
        .Key("weight", length => length.Weight, PlanValue.Number, "Weight among the rewards.", MoreThan(0), "");

    /// <summary>The keys.</summary>
    public static PlanSection<RewardsPlan> Section { get; } = new PlanSection<RewardsPlan>(
        "Rules that judge generated answers, each with its weight (0 = not used). The reward is the weighted mean, 0 … 1.", new())
        .Key("exact_match", rewards => rewards.ExactMatch, PlanValue.Number,
            "The answer has the words of the reference, regardless of case and punctuation.", AtLeast(0), "")
        .Key("final_number", rewards => rewards.FinalNumber, PlanValue.Number,
            "The last number of the answer, or the one after ####, is that of the reference.", AtLeast(0), "")
        .Key("word_f1", rewards => rewards.WordF1, PlanValue.Number,
            "F1 over the words shared with the reference.", AtLeast(0), "")
        .Key("fields", rewards => rewards.Fields, PlanValue.Number,
            "F1 over the fields of a JSON object shared with the reference.", AtLeast(0), "")
        .Key("groundedness", rewards => rewards.Groundedness, PlanValue.Number,
            "Share of the words of the answer that are in the passages of the question.", AtLeast(0), "")
        .Key("json_object", rewards => rewards.Json, PlanValue.Number, "The answer is a JSON object.", AtLeast(0), "")
        .Key("ends", rewards => rewards.Ends, PlanValue.Number,
            "The model ends its answer by itself, before the maximum length.", AtLeast(0), "")
        .Section("pattern", rewards => rewards.Pattern!, Pattern)
        .Section("length", rewards => rewards.Length!, Length);
}
