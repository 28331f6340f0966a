using static TurkishLlm.Plans.PlanRange;

namespace TurkishLlm.Plans;

/// <summary>The keys of section <c>grpo</c>.</summary>
internal static class GrpoSchema
{
    /// <summary>The keys.</summary>
    public static PlanSection<GrpoPlan> Section { get; } = new PlanSection<GrpoPlan>(
        "Group relative policy optimization: learning from rewards of the model's own answers.", new([], new()))
        .Key("files", grpo => grpo.Files, PlanValue.Paths,
            "Files of questions, in any format of conversations; the last answer of a row is its reference.", isRequired: true)
        .Section("rewards", grpo => grpo.Rewards, RewardsSchema.Section, isRequired: true)
        .Key("gold", grpo => grpo.Gold, PlanValue.Paths, "Evaluation files; questions that they contain are not asked.")
        .Key("group_size", grpo => grpo.GroupSize, PlanValue.Integer,
            "Number of answers to each question; divides the rows of a step.", AtLeast(2), "answers")
        .Key("temperature", grpo => grpo.Temperature, PlanValue.Number,
            "Sampling temperature of the answers; the model learns at the same temperature.", MoreThan(0), "")
        .Key("max_new_tokens", grpo => grpo.MaxNewTokens, PlanValue.Integer,
            "Maximum length of an answer.", AtLeast(1), "tokens")
        .Key("clip", grpo => grpo.Clip, PlanValue.Number,
            "Largest change of a token's probability, as a fraction of it, that the reward still pushes (ε).",
            MoreThanUpTo(0, 1), "")
        .Key("kl", grpo => grpo.Kl, PlanValue.Number,
            "β: weight of the divergence from the initial weights (0 = no reference model).", AtLeast(0), "")
        .Key("updates_per_batch", grpo => grpo.UpdatesPerBatch, PlanValue.Integer,
            "Number of optimizer steps on the same answers before new ones are sampled.", AtLeast(1), "steps")
        .Key("advantage", grpo => grpo.Advantage, PlanValue.Advantage,
            "Divide the distance of a reward from the mean of its group by the standard deviation of the group, or do not.")
        .Key("normalization", grpo => grpo.Normalization, PlanValue.Normalization,
            "Divide the losses of an answer by its length, by the mean length of the step, or by max_new_tokens (constant).")
        .Key("system", grpo => grpo.System!, PlanValue.Text,
            "System prompt of conversations without one; stored with the model.")
        .Key("chat_template", grpo => grpo.ChatTemplate, PlanValue.ChatTemplate,
            "Marks around messages; stored with the model, and the same as in the model that the run starts from.")
        .Key("skip_invalid", grpo => grpo.SkipInvalid, PlanValue.Boolean,
            "Skip and count rows that cannot be read, instead of stopping.");
}
