using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Training;

namespace TurkishLlm.Tests.Property.Training;

public sealed class SafetyProperties
{
    [Fact]
    public void SAF_01_z_scores_are_over_the_past() => SpikeSpec.SAF_01_OnlyThePast.HoldsFor((
        from window in Gen.Choose(4, 60)
        from more in Gen.Choose(1, 90)
        select new SpikeCase(window, window + more)).ToArbitrary());

    [Fact]
    public void SAF_04_parts_of_a_crowded_step_equal_the_whole() => OutOfMemorySpec.SAF_04_SameGradient.HoldsFor((
        from step in ModelArbitraries.Accumulation.Generator
        from fits in Gen.Choose(1, 4)
        select new OutOfMemoryCase(step, fits)).ToArbitrary(), count: 20);

    [Fact]
    public void SAF_05_the_best_step_is_the_minimum() => BestCheckpointSpec.SAF_05_Minimum.HoldsFor((
        from losses in Gen.ArrayOf(Gen.Elements(double.NaN, double.PositiveInfinity, 2.5, 3, 3.5, 4, 4.5, 5, 6))
        select new ValidationLossesCase(losses)).ToArbitrary(), count: 300);
}
