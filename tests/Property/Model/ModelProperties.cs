using TurkishLlm.Spec.Model;

namespace TurkishLlm.Tests.Property.Model;

public sealed class ModelProperties
{
    [Fact]
    public void P15_norms_keep_the_shape() => NormSpec.P15_Shape.HoldsFor(ModelArbitraries.Norm);

    [Fact]
    public void P16_norms_have_unit_scale() => NormSpec.P16_UnitScale.HoldsFor(ModelArbitraries.Norm);

    [Fact]
    public void NRM_02_norms_equal_the_oracle() => NormSpec.NRM_02_Oracle.HoldsFor(ModelArbitraries.Norm);

    [Fact]
    public void NRM_04_norms_read_one_position() => NormSpec.NRM_04_OwnPositionOnly.HoldsFor(ModelArbitraries.Norm);

    [Fact]
    public void P21_biases_have_heads_queries_and_keys() => AlibiSpec.P21_Shape.HoldsFor(ModelArbitraries.Bias);

    [Fact]
    public void P22_the_mask_is_hard() => AlibiSpec.P22_HardMask.HoldsFor(ModelArbitraries.Bias);

    [Fact]
    public void P24_the_penalty_is_linear() => AlibiSpec.P24_LinearPenalty.HoldsFor(ModelArbitraries.Bias);

    [Fact]
    public void P25_the_bias_continues_beyond_the_trained_length() =>
        AlibiSpec.P25_LongerThanTrained.HoldsFor(ModelArbitraries.Bias);

    [Fact]
    public void ATT_02_fewer_queries_have_the_last_rows() => AlibiSpec.ATT_02_LastRows.HoldsFor(ModelArbitraries.Bias);

    [Fact]
    public void P29_attention_is_causal() => AttentionSpec.P29_Causal.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void ATT_04_attention_equals_the_oracle() => AttentionSpec.ATT_04_Oracle.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void ATT_05_attention_has_the_gradients_of_the_oracle() =>
        AttentionSpec.ATT_05_Gradient.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void ATT_06_weights_sum_to_one() => AttentionSpec.ATT_06_WeightsSumToOne.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void GQA_01_neighbours_share_a_key_value_head() => AttentionSpec.GQA_01_HeadOrder.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void GQA_02_every_query_head_has_its_slope() =>
        AttentionSpec.GQA_02_SlopePerQueryHead.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void FFN_01_the_network_equals_the_oracle() => SwiGluSpec.FFN_01_Oracle.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void FFN_02_the_network_has_the_gradients_of_the_oracle() =>
        SwiGluSpec.FFN_02_Gradient.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void P34_blocks_without_output_are_the_identity() => BlockSpec.P34_Residual.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void P35_blocks_norm_first() => BlockSpec.P35_PreNorm.HoldsFor(ModelArbitraries.Layer);

    [Fact]
    public void P13_weights_have_the_shapes_of_the_configuration() => ArchitectureSpec.P13_Width.HoldsFor(ModelArbitraries.Model);

    [Fact]
    public void P39_gradients_reach_every_weight() => ModelSpec.P39_GradientFlow.HoldsFor(ModelArbitraries.Model);

    [Fact]
    public void NUM_01_logits_equal_the_oracle() => ModelSpec.NUM_01_Logits.HoldsFor(ModelArbitraries.Model);

    [Fact]
    public void NUM_02_every_gradient_equals_the_oracle() =>
        ModelSpec.NUM_02_EveryGradient.HoldsFor(ModelArbitraries.Model, count: 30);

    [Fact]
    public void LOS_01_losses_equal_the_oracle() => LossSpec.LOS_01_Oracle.HoldsFor(ModelArbitraries.Loss);

    [Fact]
    public void LOS_02_losses_have_the_gradient_of_the_oracle() => LossSpec.LOS_02_Gradient.HoldsFor(ModelArbitraries.Loss);

    [Fact]
    public void LOS_03_ignored_content_changes_nothing() => LossSpec.LOS_03_IgnoredContent.HoldsFor(ModelArbitraries.Loss);

    [Fact]
    public void GEN_01_a_cache_changes_no_logit() =>
        GenerationSpec.GEN_01_CacheEqualsFull.HoldsFor(ModelArbitraries.Chunks, count: 30);
}
