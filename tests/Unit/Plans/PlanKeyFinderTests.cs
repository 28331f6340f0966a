using FluentAssertions;
using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

[Trait("Suite", "Fast")]
public sealed class PlanKeyFinderTests
{
    [Theory]
    [InlineData("--steps", "training.steps")]
    [InlineData("training.stpes", "training.steps")]
    [InlineData("--training.steps", "training.steps")]
    [InlineData("--lr", "optimizer.learning_rate")]
    [InlineData("--learning-rate", "optimizer.learning_rate")]
    [InlineData("--learning-rte", "optimizer.learning_rate")]
    [InlineData("--batch-size", "training.micro_batch_size")]
    [InlineData("--per_device_train_batch_size", "training.micro_batch_size")]
    [InlineData("--num_train_epochs", "training.epochs")]
    [InlineData("--output_dir", "run")]
    [InlineData("--block-size", "training.sequence_length")]
    [InlineData("--max-grad-norm", "optimizer.gradient_clip")]
    [InlineData("--bf16", "compute_dtype")]
    [InlineData("--save-steps", "checkpoints.every")]
    [InlineData("--lora-r", "lora.rank")]
    [InlineData("--seed", "seed")]
    [InlineData("--n-layers", "model.n_layers")]
    public void Finds_the_key_that_a_name_of_another_tool_means(string name, string key) =>
        PlanKeyFinder.Find(name, PlanSchema.Keys).Should().Be(key);

    [Theory]
    [InlineData("--every")]      // in three sections
    [InlineData("--bananas")]
    [InlineData("--")]
    [InlineData("-")]
    public void Finds_nothing_where_no_key_is_meant_clearly(string name) =>
        PlanKeyFinder.Find(name, PlanSchema.Keys).Should().BeNull();

    [Fact]
    public void Every_name_of_another_tool_leads_to_a_key_that_exists() =>
        PlanKeyFinder.KnownAliases.Should().HaveCountGreaterThan(100)
            .And.OnlyContain(name => PlanKeyFinder.Find(name, PlanSchema.Keys) != null);

    [Fact]
    public void Knows_the_keys_of_corpus_plans() =>
        PlanKeyFinder.Find("--validation-share", PlanSchema.CorpusKeys).Should().Be("validation_share");
}
