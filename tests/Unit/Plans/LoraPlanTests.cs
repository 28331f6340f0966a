using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Sections <c>lora</c> and <c>preference</c> of plans.</summary>
public sealed class LoraPlanTests
{
    private const string Start = "warm_start: { checkpoint: runs/base }\n",
        Lora = "lora: { rank: 4, alpha: 10 }\n",
        Dpo = "preference: { files: [pairs.jsonl], dpo: { beta: 0.2 } }\n";

    [Fact]
    public void An_adapter_is_of_all_matrices_unless_they_are_named()
    {
        TestPlans.Parse(TestPlans.Small + Start + Lora).Lora.Should().Be(new LoraConfig(4, 10));
        TestPlans.Parse(TestPlans.Small + Start + "lora: { rank: 2, alpha: 3, dropout: 0.1, targets: [down, q] }\n").Lora
            .Should().Be(new LoraConfig(2, 3, 0.1, [LoraTarget.Q, LoraTarget.Down]));
    }

    [Fact]
    public void Every_key_is_written_and_read_back()
    {
        foreach (var section in new[]
        {
            Start + "lora: { rank: 2, alpha: 3.5, dropout: 0.1, targets: [gate, v] }\n",
            Start
                + "preference: { files: [a.jsonl, \"b c.jsonl\"], gold: [g.jsonl], validation_share: 0.2, system: "
                + "\"Kısa: yaz.\", skip_invalid: true, dpo: { beta: 0.25, label_smoothing: 0.1 } }\n",
            "preference: { files: [a.jsonl], orpo: { lambda: 0.4 } }\n",
            Start + "preference: { files: [a.jsonl], kto: { beta: 0.25, desirable_weight: 1.33, undesirable_weight: 0.7 } }\n",
            Start + "samples: { every: 0 }\npreference: { files: [a.jsonl], reward: { centering: 0.02 } }\n",
        })
        {
            var plan = TestPlans.Parse(TestPlans.Small + section);
            TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", []).Should().Be(plan);
        }
    }

    [Fact]
    public void Objectives_have_the_weights_of_their_papers()
    {
        TestPlans
            .Parse(TestPlans.Small + Start + "preference: { files: [a.jsonl], dpo: {} }\n")
            .Preference!.Objective.Should()
            .Be(new DpoPlan(0.1, 0));
        TestPlans
            .Parse(TestPlans.Small + "preference: { files: [a.jsonl], orpo: {} }\n")
            .Preference!.Objective.Should()
            .Be(new OrpoPlan(0.1));
        TestPlans
            .Parse(TestPlans.Small + Start + "preference: { files: [a.jsonl], kto: {} }\n")
            .Preference!.Objective.Should()
            .Be(new KtoPlan(0.1, 1, 1));
        TestPlans
            .Parse(TestPlans.Small + Start + "samples: { every: 0 }\npreference: { files: [a.jsonl], reward: {} }\n")
            .Preference!.Objective.Should()
            .Be(new RewardPlan(0));
    }

    public static TheoryData<string, string> Wrong() => new()
    {
        { Lora, "lora adapts trained weights, but the plan starts from random ones. Add warm_start: with a checkpoint." },
        { Start + "lora: { rank: 0, alpha: 10 }\n", "lora.rank is 0; it must be at least 1. Use rank: 8." },
        { Start + "lora: { rank: 4, alpha: -1 }\n", "lora.alpha is -1; it must be more than 0. Use alpha: 8." },
        { Start + "lora: { rank: 4, alpha: 8, dropout: 1 }\n", "lora.dropout is 1; it must be 0 … 1, and less than 1." },
        {
            Start + "lora: { rank: 4, alpha: 8, targets: [] }\n",
            "lora.targets is empty, so there is nothing to adapt. Name some of q, k, v, o, gate, up, down, or "
                + "omit targets for all."
        },
        { Start + "lora: { rank: 4, alpha: 8, targets: [q, q] }\n", "lora.targets names a matrix twice. Name each once." },
        {
            Start + "lora: { rank: 4, alpha: 8, targets: [q, embed] }\n",
            "lora.targets is a list with \"embed\" in it, but it must be one of q, k, v, o, gate, up, down."
        },
        {
            Start + "lora: { rank: 4, alpha: 8, targets: q }\n",
            "lora.targets is q, but it must be a list of some of q, k, v, o, gate, up, down."
        },
        { Start + "lora: { rank: 4 }\n", "lora.alpha is missing: add \"alpha:\" under \"lora:\"." },
        { Start + "lora: { rank: 4, alpha: 8, rnk: 2 }\n", "unknown key \"rnk\" in lora. Did you mean \"rank\"?" },
        {
            Start + "lora: { rank: 64, alpha: 8 }\n",
            "lora.rank is 64, but a matrix that it adapts is only 32 wide, so the adapter would be larger than "
                + "what it adapts. Use rank: 8."
        },
        {
            "warm_start: { checkpoint: runs/base, keep_optimizer: true }\n" + Lora,
            "warm_start.keep_optimizer is true, but a new adapter has no moments. Use keep_optimizer: false."
        },
        {
            "warm_start: { checkpoint: runs/base, grow_vocabulary: true }\n" + Lora,
            "lora does not train the embedding, so the new tokens of warm_start.grow_vocabulary would never be "
                + "learned. Train all weights, or use grow_vocabulary: false."
        },
        {
            Dpo, "preference.dpo compares the model with its initial weights, but these are random. Add warm_start: "
                + "with the checkpoint of a fine-tuned model, or use orpo."
        },
        {
            Start + "preference: { files: [], dpo: {} }\n",
            "preference.files is empty, so there is nothing to train on. Name a file: files: [pairs.jsonl]."
        },
        { Start + "preference: { files: [a.jsonl], dpo: { beta: 0 } }\n", "preference.dpo.beta is 0; it must be more than 0." },
        {
            Start + "preference: { files: [a.jsonl], dpo: { label_smoothing: 0.5 } }\n",
            "preference.dpo.label_smoothing is 0.5; it must be 0 … 0.5, and less than 0.5: else the rejected "
                + "answers are learned."
        },
        { "preference: { files: [a.jsonl], orpo: { lambda: -1 } }\n", "preference.orpo.lambda is -1; it must be more than 0." },
        {
            Start + "preference: { files: [a.jsonl] }\n",
            "preference has none of dpo, orpo, kto and reward. Add one, such as dpo: {beta: 0.1} or orpo: {lambda: 0.1}."
        },
        {
            Start + "preference: { files: [a.jsonl], dpo: {}, orpo: {} }\n",
            "preference has both dpo and orpo. Remove one of them."
        },
        {
            Start + "samples: { every: 0 }\npreference: { files: [a.jsonl], kto: {}, reward: {} }\n",
            "preference has both kto and reward. Remove one of them."
        },
        { Start + "preference: { files: [a.jsonl], kto: { beta: 0 } }\n", "preference.kto.beta is 0; it must be more than 0." },
        {
            Start + "preference: { files: [a.jsonl], kto: { undesirable_weight: -1 } }\n",
            "preference.kto.undesirable_weight is -1; it must be more than 0."
        },
        {
            "preference: { files: [a.jsonl], kto: {} }\n",
            "preference.kto compares the model with its initial weights, but these are random. Add warm_start: "
                + "with the checkpoint of a fine-tuned model, or use orpo."
        },
        {
            Start + "preference: { files: [a.jsonl], kto: {} }\nlora: { rank: 4, alpha: 8, dropout: 0.1 }\n",
            "lora.dropout is 0.1, but preference.kto compares the model with its initial weights, and dropout "
                + "alone would make them differ. Use dropout: 0."
        },
        {
            "samples: { every: 0 }\npreference: { files: [a.jsonl], reward: {} }\n",
            "preference.reward reads answers with a trained model, but the initial weights are random. Add warm_start: with "
                + "the checkpoint of a fine-tuned model."
        },
        {
            Start + "samples: { every: 0 }\npreference: { files: [a.jsonl], reward: {} }\n" + Lora,
            "preference.reward trains a scalar head, which a LoRA adapter does not contain. Remove lora, or freeze layers "
                + "with optimizer.freeze."
        },
        {
            Start + "samples: { every: 5, prompts: [a] }\npreference: { files: [a.jsonl], reward: {} }\n",
            "A reward model scores answers and generates none. Use samples: {every: 0}."
        },
        {
            Start + "preference: { files: [a.jsonl], dpo: { beat: 0.1 } }\n",
            "unknown key \"beat\" in preference.dpo. Did you mean \"beta\"?"
        },
        {
            Start + Dpo + "sft: { sources: { a: { path: a.jsonl } } }\n",
            "The plan has both sft and preference, but a run trains on one of them. Fine-tune first, and start "
                + "preference training from its checkpoint."
        },
        {
            Start + Dpo + "lora: { rank: 4, alpha: 8, dropout: 0.1 }\n",
            "lora.dropout is 0.1, but preference.dpo compares the model with its initial weights, and dropout "
                + "alone would make them differ. Use dropout: 0."
        },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Says_what_is_wrong_and_how_to_fix_it(string section, string problem)
    {
        var act = () => TestPlans.Parse(TestPlans.Small + section);
        act.Should().Throw<ConfigurationException>().Which.Problems.Select(p => p.Message).Should().Equal(problem);
    }

    [Fact]
    public void Refuses_dropout_beside_a_reference() =>
        FluentActions
            .Invoking(() => TestPlans.Parse(TestPlans.Small + Start + Dpo, "model.dropout=0.05"))
        .Should()
        .Throw<ConfigurationException>()
        .WithMessage(
            "*model.dropout is 0.05, but preference.dpo compares the model with its initial weights, and dropout "
                + "alone would make them differ. Use dropout: 0.");

    [Fact]
    public void Refuses_to_freeze_weights_that_an_adapter_never_trains() =>
        FluentActions
            .Invoking(() => TestPlans.Parse(TestPlans.Small + Start + Lora, "optimizer.freeze=[norm]"))
        .Should()
        .Throw<ConfigurationException>()
        .WithMessage("*optimizer.freeze names weights, but with lora none of them is trained. Remove optimizer.freeze.");
}
