using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Model;

namespace TurkishLlm.Tests.Property.Model;

public sealed class LoraProperties
{
    private static readonly string[] Targets = ["q", "k", "v", "o", "gate", "up", "down"];

    private static Arbitrary<LoraCase> Case { get; } = Arb.From(
        from model in ModelArbitraries.Model.Generator
        from rank in Gen.Choose(1, 9)
        from alpha in Gen.Choose(1, 40)
        from mask in Gen.Choose(1, (1 << Targets.Length) - 1)
        select new LoraCase(model, rank, alpha / 4.0, string.Join(' ', Targets.Where((_, i) => (mask >> i & 1) == 1))),
        c =>
        [
            .. ModelArbitraries.Model.Shrinker(c.Model).Select(model => c with { Model = model }),
            .. c.Targets.Contains(' ', StringComparison.Ordinal)
                ? c.Targets.Split(' ').Select(target => c with { Targets = target })
                : [],
        ]);

    [Fact]
    public void LOR_01_an_adapter_computes_what_the_sum_of_the_matrices_does() =>
        LoraSpec.LOR_01_Oracle.HoldsFor(Case, count: 40);

    [Fact]
    public void LOR_02_merging_is_the_sum_rounded_once() => LoraSpec.LOR_02_MergeByHand.HoldsFor(Case);

    [Fact]
    public void LOR_03_merging_keeps_the_logits() => LoraSpec.LOR_03_MergedLogits.HoldsFor(Case);

    [Fact]
    public void LOR_05_an_adapter_has_its_targets_and_nothing_else() => LoraSpec.LOR_05_Targets.HoldsFor(Case);

    [Fact]
    public void LOR_06_an_adapter_has_the_gradients_of_the_oracle() => LoraSpec.LOR_06_Gradient.HoldsFor(Case, count: 30);

    [Fact]
    public void LOR_07_a_new_adapter_changes_nothing_and_learns() => AdapterSpec.LOR_07_Beginning.HoldsFor(Case, count: 20);
}
