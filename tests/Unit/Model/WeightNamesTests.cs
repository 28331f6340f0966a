using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;

namespace TurkishLlm.Tests.Unit.Model;

[Trait("Suite", "Fast")]
public sealed class WeightNamesTests
{
    private static readonly ModelConfig Config = new(
        272, dModel: 6, nLayers: 2, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 8, tieEmbeddings: false);

    private static string[] Ours => [.. ParameterTable.GetShapes(Config).Select(p => p.Name)];

    [Theory]
    [InlineData("layers.0._orig_mod.attn.q_proj.weight", "layers.0.attn.q_proj.weight")]
    [InlineData("module._orig_mod.layers.1.attn._orig_mod.k_proj.weight", "layers.1.attn.k_proj.weight")]
    [InlineData("_fsdp_wrapped_module.layers.1._fsdp_wrapped_module.ffn_norm.weight", "layers.1.ffn_norm.weight")]
    [InlineData("layers.0._checkpoint_wrapped_module.ffn.up_proj.weight", "layers.0.ffn.up_proj.weight")]
    [InlineData("_forward_module.model.norm.weight", "norm.weight")]
    [InlineData("transformer.embed_tokens.weight", "embed_tokens.weight")]
    [InlineData("base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight", "layers.0.attn.q_proj.weight")]
    [InlineData("model._orig_mod.layers.0._orig_mod.input_layernorm.weight", "layers.0.attn_norm.weight")]
    [InlineData("net.lm_head.weight", "lm_head.weight")]
    [InlineData("layers.0.attention.wq.weight", "layers.0.attention.wq.weight")]
    public void Removes_wrappers_anywhere_and_containers_in_front(string stored, string ours) =>
        WeightNames.ToOurs(stored).Should().Be(ours);

    [Theory]
    [InlineData("gpt.")]
    [InlineData("policy.gpt.model.")]
    [InlineData("_orig_mod.türkçe.")]
    public void Removes_what_all_names_of_a_file_begin_with(string prefix)
    {
        string[] names = [.. Ours.Select(name => prefix + name)];
        names.Select(WeightNames.CreateMapping(names)).Should().Equal(Ours);
    }

    [Fact]
    public void Translates_the_names_of_Hugging_Face_behind_any_prefix()
    {
        string[] names = [.. Ours.Select(name => "student." + WeightNames.ToHuggingFace(name))];
        names.Select(WeightNames.CreateMapping(names)).Should().Equal(Ours);
    }

    [Fact]
    public void Keeps_names_of_different_models_apart()
    {
        string[] names = [.. Ours.Select(name => "student." + name), .. Ours.Select(name => "teacher." + name)];
        names.Select(WeightNames.CreateMapping(names)).Should().Equal(names);
    }
}
