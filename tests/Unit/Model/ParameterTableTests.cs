using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Model;

[Trait("Suite", "Fast")]
public sealed class ParameterTableTests
{
    private static readonly ModelConfig Config = new(
        272, dModel: 12, nLayers: 2, nHeads: 3, nKvHeads: 1, dFf: 20, maxSeqLen: 8, tieEmbeddings: false);

    [Fact]
    public void Names_follow_the_forward_pass()
    {
        using var table = WeightInitializer.Initialize(Config, seed: 1, CPU);
        table.Names.Should().Equal(
            "embed_tokens.weight",
            "layers.0.attn_norm.weight",
            "layers.0.attn.q_proj.weight", "layers.0.attn.k_proj.weight", "layers.0.attn.v_proj.weight",
            "layers.0.attn.o_proj.weight",
            "layers.0.ffn_norm.weight",
            "layers.0.ffn.gate_proj.weight", "layers.0.ffn.up_proj.weight", "layers.0.ffn.down_proj.weight",
            "layers.1.attn_norm.weight",
            "layers.1.attn.q_proj.weight", "layers.1.attn.k_proj.weight", "layers.1.attn.v_proj.weight",
            "layers.1.attn.o_proj.weight",
            "layers.1.ffn_norm.weight",
            "layers.1.ffn.gate_proj.weight", "layers.1.ffn.up_proj.weight", "layers.1.ffn.down_proj.weight",
            "norm.weight", "lm_head.weight");
    }

    [Fact]
    public void Refuses_a_weight_of_another_shape() =>
        Assert.Throws<ShapeException>(() => ParameterTable.Create(Config, (_, shape) => zeros(shape.Length == 1 ? [13] : shape)))
            .Message.Should().Be("layers.0.attn_norm.weight takes [12] but received [13].");

    [Fact]
    public void Refuses_an_unknown_name()
    {
        using var table = WeightInitializer.Initialize(Config, seed: 1, CPU);
        table
            .Invoking(t => t["layers.2.attn_norm.weight"])
            .Should()
            .Throw<KeyNotFoundException>()
            .WithMessage("The model has no weight named layers.2.attn_norm.weight.");
    }

    [Fact]
    public void A_copy_shares_nothing()
    {
        using var table = WeightInitializer.Initialize(Config, seed: 1, CPU);
        using var copy = table.CopyTo(CPU);
        using (no_grad()) table["norm.weight"].fill_(7);
        copy["norm.weight"].data<float>().ToArray().Should().OnlyContain(w => w == 1);
        copy.Tensors.Should().OnlyContain(t => t.requires_grad && t.is_leaf);
    }

    [Fact]
    public void Outlives_the_scope_it_was_made_in()
    {
        ParameterTable table;
        using (NewDisposeScope()) table = WeightInitializer.Initialize(Config, seed: 1, CPU);
        table.Tensors.Should().OnlyContain(t => !t.IsInvalid);
        table.Dispose();
        table.Tensors.Should().OnlyContain(t => t.IsInvalid);
    }

    // Normal draws differ by some 1e-8 between vector and scalar code, so the weights are rounded to fiftieths before they are
    // hashed; with this seed none is nearer than 1e-7 to where rounding turns.
    [Fact]
    public void A_seed_always_draws_these_weights()
    {
        using var table = WeightInitializer.Initialize(Config, seed: 20261103, CPU);
        var weights = table.Names.SelectMany(name => table[name].data<float>().ToArray()).Select(w => 50.0 * w).ToArray();
        weights.Min(w => Math.Abs(w - Math.Floor(w) - 0.5)).Should().BeGreaterThan(50 * 1e-7);
        var rounded = weights.Select(w => (int)Math.Round(w)).ToArray();
        Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<int>(rounded)))[..16].Should().Be("8354bc8fae9d5fe0");
    }
}
