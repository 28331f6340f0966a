using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Training;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Tests.Property.Training;

public sealed class StepProperties
{
    [Fact]
    public void P60_micro_batches_equal_one_large_batch() =>
        AccumulationSpec.P60_EqualsBigBatch.HoldsFor(ModelArbitraries.Accumulation, count: 30);

    [Fact]
    public void EVL_09_the_reported_loss_is_the_mean_over_counted_targets() =>
        AccumulationSpec.EVL_09_ReportedLoss.HoldsFor(ModelArbitraries.Accumulation, count: 30);

    [Fact]
    public void RNK_01_every_row_of_a_step_is_read_once() =>
        RankShardSpec.RNK_01_EveryRowOnce.HoldsFor(ModelArbitraries.Shares, count: 200);

    [Fact]
    public void RNK_02_processes_equal_one_large_batch() =>
        ParallelSpec.RNK_02_Gradient.HoldsFor(ModelArbitraries.Processes, count: 30);

    [Fact]
    public void ACC_08_clipping_keeps_the_direction() =>
        ClippingSpec.ACC_08_Oracle.HoldsFor(Arb.From(Gen.Choose(1, 999).Select(share => new ClipCase(share / 1000.0))));

    [Fact]
    public void ACC_12_small_gradients_are_left_alone() =>
        ClippingSpec.ACC_12_BelowTheLimit.HoldsFor(
            Arb.From(Gen.Choose(1001, 9999).Select(share => new ClipCase(share / 1000.0))));
}
