using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Parameters;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Model;

[Trait("Suite", "Fast")]
public sealed class ParameterFileTests : IDisposable
{
    private static readonly ModelConfig Config = new(272, dModel: 6, nLayers: 1, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 8);
    private readonly TemporaryFolder _folder = new();

    private string File => _folder / "model.safetensors";

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SafetensorsDtype.F16)]
    [InlineData(SafetensorsDtype.BF16)]
    [InlineData(SafetensorsDtype.F64)]
    public void Takes_floating_point_numbers_of_any_width(SafetensorsDtype type)
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        Write(drawn.Names.Select(name => new SafetensorsTensorInfo(name, type, drawn[name].shape)), tensor => type switch
        {
            SafetensorsDtype.F16 => Bytes(drawn[tensor.Name].to(float16)),
            SafetensorsDtype.BF16 => Bytes(drawn[tensor.Name].to(bfloat16)),
            _ => Bytes(drawn[tensor.Name].to(float64)),
        });
        using var read = ParameterFile.Load(File, Config, CPU);
        foreach (var name in read.Names)
        {
            using var expected =
                type == SafetensorsDtype.F64
                    ? drawn[name].detach()
                    : drawn[name].detach().to(type == SafetensorsDtype.F16 ? float16 : bfloat16).to(float32);
            read[name].data<float>().ToArray().Should().Equal(expected.data<float>().ToArray(), name);
        }
    }

    [Fact]
    public void Rounds_float64_to_nearest()
    {
        double[] numbers = [1 + 1e-10, -1 - 0.75 * Math.Pow(2, -23), 1e300, double.NaN, 3e-46, Math.PI];
        using (var writer = SafetensorsWriter.Create(File, [new("w", SafetensorsDtype.F64, 6)]))
        {
            writer.Write<double>("w", numbers);
            writer.Finish();
        }
        using var file = SafetensorsFile.Open(File);
        var read = new float[6];
        file.ReadFloat32("w", read);
        read.Should().Equal(1f, -1.0000001f, float.PositiveInfinity, float.NaN, 0f, 3.1415927f);
    }

    [Fact]
    public void Reports_all_problems_at_once()
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        var tensors = drawn
            .Names.Where(name => name != "layers.0.attn.k_proj.weight")
            .Select(name => new SafetensorsTensorInfo(name, SafetensorsDtype.F32, drawn[name].shape))
            .Append(new("module.norm.weight", SafetensorsDtype.F32, 6))
            .Append(new("layers.0.attn.q_proj.bias", SafetensorsDtype.F32, 6))
            .Select(t => t.Name switch
            {
                "layers.0.ffn.up_proj.weight" => new(t.Name, SafetensorsDtype.F32, 6, 10),
                "layers.0.ffn_norm.weight" => new(t.Name, SafetensorsDtype.I64, 6),
                _ => t,
            });
        Write(tensors, tensor => new byte[tensor.ByteCount]);
        Loading().Should().Throw<InvalidDataException>().WithMessage(
            $"{File} does not hold the weights of this model: layers.0.attn.k_proj.weight is missing; "
                + "layers.0.attn.q_proj.bias is not part of the model; it has biases, this model has none; "
                + "layers.0.ffn_norm.weight is I64, the model takes floating-point numbers; "
                + "layers.0.ffn.up_proj.weight is [6, 10], the model takes [10, 6]; "
                + "norm.weight occurs 2 times, as module.norm.weight and norm.weight.");
    }

    [Fact]
    public void Takes_the_head_of_a_tied_model_for_its_embedding_if_only_the_head_was_kept()
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        Write(
            drawn.Names.Select(name => new SafetensorsTensorInfo(
                name == "embed_tokens.weight" ? "lm_head.weight" : "model." + name, SafetensorsDtype.F32, drawn[name].shape)),
            tensor => Bytes(drawn[tensor.Name == "lm_head.weight" ? "embed_tokens.weight" : tensor.Name[6..]]));
        using var file = TensorFile.Open(File);
        using var read = ParameterFile.Load(file, Config, CPU);
        read["embed_tokens.weight"].data<float>().ToArray().Should().Equal(
            drawn["embed_tokens.weight"].data<float>().ToArray());
    }

    [Fact]
    public void Says_that_weights_without_a_head_are_tied()
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        Write(
            drawn.Names.Select(name => new SafetensorsTensorInfo(name, SafetensorsDtype.F32, drawn[name].shape)),
            tensor => new byte[tensor.ByteCount]);
        var untied = new ModelConfig(
            272, dModel: 6, nLayers: 1, nHeads: 3, nKvHeads: 1, dFf: 10, maxSeqLen: 8, tieEmbeddings: false);
        FluentActions.Invoking(() => ParameterFile.Load(File, untied, CPU)).Should().Throw<InvalidDataException>().WithMessage(
            $"{File} does not hold the weights of this model: lm_head.weight is missing. Weights without a head have the "
                + "embedding as their head: set weight_tying to true. Use the configuration of the saved weights.");
    }

    [Fact]
    public void Shows_the_names_of_both_sides_and_pairs_what_is_alike()
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        Write(
            drawn.Names.Select(name => new SafetensorsTensorInfo(
                name.Replace(".attn.", ".attention.", StringComparison.Ordinal), SafetensorsDtype.F32, drawn[name].shape)),
            tensor => new byte[tensor.ByteCount]);
        Loading().Should().Throw<InvalidDataException>().WithMessage(
            $"{File} does not hold the weights of this model: layers.0.attn.q_proj.weight, layers.0.attn.k_proj.weight, "
                + "layers.0.attn.v_proj.weight, layers.0.attn.o_proj.weight are missing; "
                + "layers.0.attention.k_proj.weight, layers.0.attention.o_proj.weight, layers.0.attention.q_proj.weight, "
                + "layers.0.attention.v_proj.weight are not part of the model; "
                + "nearest names: layers.0.attention.k_proj.weight for layers.0.attn.k_proj.weight, "
                + "layers.0.attention.o_proj.weight for layers.0.attn.o_proj.weight. "
                + "Use the configuration of the saved weights.");
    }

    [Theory]
    [InlineData("layers.0.attn.rotary_emb.inv_freq", "it has rotary positions, this model has ALiBi")]
    [InlineData("wpe.weight", "it has learned positions, this model has ALiBi")]
    [InlineData("layers.0.attn.q_norm.weight", "it normalizes queries and keys, this model does not")]
    [InlineData("layers.0.attn.qkv_proj.weight", "it stores several matrices as one, this model stores each by itself")]
    [InlineData("layers.0.ffn.experts.3.up_proj.weight", "it has experts, this model has none")]
    [InlineData(
        "layers.0.attn.q_proj.weight.absmax",
        "its weights are quantized; save the model in float32, float16 or bfloat16")]
    [InlineData(
        "base_model.model.layers.0.attn.q_proj.lora_A.default.weight",
        "it is a LoRA adapter or has one beside its base weights; merge it first (PEFT: merge_and_unload())")]
    [InlineData(
        "_fsdp_wrapped_module._flat_param",
        "its weights are flattened by FSDP; save a full state dictionary (StateDictType.FULL_STATE_DICT)")]
    public void Says_why_a_file_is_of_another_architecture(string name, string reason)
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        Write(
            drawn.Names
                .Select(own => new SafetensorsTensorInfo(own, SafetensorsDtype.F32, drawn[own].shape))
                .Append(new(name, SafetensorsDtype.F32, 3)),
            tensor => new byte[tensor.ByteCount]);
        Loading().Should().Throw<InvalidDataException>().WithMessage(
            $"{File} does not hold the weights of this model: {name} is not part of the model; {reason}.");
    }

    [Fact]
    public void A_name_that_a_wrapper_doubled_is_an_error_and_no_choice()
    {
        using var drawn = WeightInitializer.Initialize(Config, seed: 5, CPU);
        Write(
            drawn
                .Names.Append("_orig_mod.module.norm.weight")
                .Select(name => new SafetensorsTensorInfo(
                    name, SafetensorsDtype.F32, drawn[WeightNames.StripWrappers(name)].shape)),
            tensor => Bytes(drawn[WeightNames.StripWrappers(tensor.Name)]));
        Loading()
            .Should()
            .Throw<InvalidDataException>()
            .WithMessage("*: norm.weight occurs 2 times, as _orig_mod.module.norm.weight and norm.weight. *");
    }

    [Theory]
    [InlineData("embed_tokens.weight", "model.embed_tokens.weight")]
    [InlineData("layers.11.attn_norm.weight", "model.layers.11.input_layernorm.weight")]
    [InlineData("layers.0.attn.o_proj.weight", "model.layers.0.self_attn.o_proj.weight")]
    [InlineData("layers.3.ffn_norm.weight", "model.layers.3.post_attention_layernorm.weight")]
    [InlineData("layers.3.ffn.down_proj.weight", "model.layers.3.mlp.down_proj.weight")]
    [InlineData("norm.weight", "model.norm.weight")]
    [InlineData("lm_head.weight", "lm_head.weight")]
    public void Names_are_translated_there_and_back(string ours, string theirs)
    {
        WeightNames.ToHuggingFace(ours).Should().Be(theirs);
        WeightNames.FromHuggingFace(theirs).Should().Be(ours);
    }

    [Fact]
    public void Detects_the_preset_of_a_file()
    {
        using var file = new Described([
            .. ParameterTable
                .GetShapes(ModelConfig.V2)
                .Select(p => new SafetensorsTensorInfo($"_orig_mod.{p.Name}", SafetensorsDtype.BF16, p.Shape)),
        ]);
        PresetDetector.Detect(file, WeightNames.StripWrappers).Should().Be(ModelConfig.V2);
    }

    private static byte[] Bytes(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().contiguous().bytes.ToArray();
    }

    private Action Loading() => () => ParameterFile.Load(File, Config, CPU).Dispose();

    private void Write(IEnumerable<SafetensorsTensorInfo> tensors, Func<SafetensorsTensorInfo, byte[]> content)
    {
        using var writer = SafetensorsWriter.Create(File, tensors);
        foreach (var tensor in writer.Tensors) writer.Write<byte>(tensor.Name, content(tensor));
        writer.Finish();
    }

    /// <summary>A file with tensor descriptions but no data.</summary>
    private sealed class Described(IReadOnlyList<SafetensorsTensorInfo> tensors) : ITensorFile
    {
        public string Path => "v2.pt";

        public IReadOnlyList<SafetensorsTensorInfo> Tensors => tensors;

        public void ReadFloat32(string name, Span<float> destination) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
