using FluentAssertions;
using TorchSharp;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Inference;

[Collection(nameof(NonParallel))]
public sealed class PackedDecoderTests : IDisposable
{
    private static readonly ModelConfig Config = new(
        vocabSize: 301, dModel: 48, nLayers: 2, nHeads: 6, nKvHeads: 3, dFf: 71, maxSeqLen: 160, normEps: 1e-3);

    private readonly ParameterTable _weights = WeightInitializer.Initialize(Config, seed: 5, CPU);

    public void Dispose() => _weights.Dispose();

    public static TheoryData<PackedType> Types() => [.. Enum.GetValues<PackedType>()];

    [Theory, MemberData(nameof(Types))]
    public void A_token_allocates_nothing(PackedType type)
    {
        using var decoder = new PackedDecoder(_weights, type, threads: 2);
        DecoderInput[] batch =
            [.. Enumerable.Range(0, 3).Select(i => new DecoderInput(decoder.CreateSequence(150), new[] { i }))];
        var logits = new float[batch.Length * Config.VocabSize];
        for (var i = 0; i < 20; i++) decoder.Append(batch, logits);
        var (before, all) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
        for (var i = 0; i < 100; i++) decoder.Append(batch, logits);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        // Other threads of the test host allocate now and then; a helper would for every token.
        (GC.GetTotalAllocatedBytes(precise: true) - all).Should().BeLessThan(100 * 24);
        foreach (var input in batch) input.Sequence.Dispose();
    }

    [Fact]
    public void A_token_that_the_model_lacks_has_no_part_in_the_softmax()
    {
        var lacking = Config.With(absentTokens: new AbsentTokens([0, 2, 5, 15]));
        using var weights = WeightInitializer.Initialize(lacking, seed: 5, CPU);
        using var decoder = new PackedDecoder(weights, threads: 2);
        using var complete = new PackedDecoder(_weights, threads: 1);
        int[] prompt = [.. Enumerable.Range(20, 12)];
        var expected = Decode(complete);
        foreach (var id in lacking.AbsentTokens.Ids) expected[id] = float.NegativeInfinity;
        Decode(decoder).Should().Equal(expected);

        using var text = decoder.CreateSequence(20);
        var losses = new double[1];
        decoder.ComputeLosses(text, [20], [7], losses);
        losses[0].Should().BePositive().And.BeLessThan(2 * Math.Log(Config.VocabSize));
        FluentActions.Invoking(() => decoder.ComputeLosses(text, [21], [5], losses)).Should().Throw<ArgumentException>()
            .WithMessage("Target 5 is one of the tokens 0, 2, 5, 15, which the imported model lacks.*");
        text.Length.Should().Be(1);

        float[] Decode(PackedDecoder with)
        {
            using var sequence = with.CreateSequence(20);
            var logits = new float[Config.VocabSize];
            with.Append([new(sequence, prompt)], logits);
            return logits;
        }
    }

    [Fact]
    public void A_token_of_a_cached_text_allocates_nothing()
    {
        using var decoder = new PackedDecoder(_weights, threads: 1);
        using var cache = new PrefixCache(decoder, 150);
        var text = new List<int>(150) { 1 };
        for (var i = 0; i < 20; i++) Continue();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Continue();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);

        void Continue()
        {
            cache.ComputeNextTokenLogits(text);
            text.Add(text.Count);
        }
    }

    [Theory, MemberData(nameof(Types))]
    public void No_memory_is_read_before_it_is_written(PackedType type)
    {
        Assert.SkipWhen(UninitializedMemory.UnavailableReason is not null, UninitializedMemory.UnavailableReason ?? "");
        var expected = Decode();
        using (UninitializedMemory.FillWithNaN()) Decode().Should().Equal(expected);

        float[] Decode()
        {
            using var decoder = new PackedDecoder(_weights, type, threads: 2);
            return ComputeLogits(decoder, [.. Enumerable.Range(3, 140)], [7, 9, 11, 12, 14]);
        }
    }

    [Fact]
    public void Rows_that_need_no_logits_are_left_unchanged()
    {
        using var decoder = new PackedDecoder(_weights, threads: 1);
        using IDecoderSequence first = decoder.CreateSequence(9), second = decoder.CreateSequence(9);
        using var third = decoder.CreateSequence(9);
        var logits = Enumerable.Repeat(-5f, 3 * Config.VocabSize).ToArray();
        decoder.Append(
            [new(first, new[] { 4, 5 }), new(second, new[] { 6 }, NeedsLogits: false), new(third, new[] { 7 })], logits);
        logits[..Config.VocabSize].Should().NotContain(-5f);
        logits[Config.VocabSize..(2 * Config.VocabSize)].Should().OnlyContain(logit => logit == -5f);
        logits[(2 * Config.VocabSize)..].Should().NotContain(-5f);
        (first.Length, second.Length, third.Length).Should().Be((2, 1, 1));
    }

    [Fact]
    public void A_refused_call_changes_no_text()
    {
        using var decoder = new PackedDecoder(_weights, threads: 1);
        using var other = new PackedDecoder(_weights, threads: 1);
        using IDecoderSequence text = decoder.CreateSequence(4), foreign = other.CreateSequence(4);
        var freed = decoder.CreateSequence(4);
        freed.Dispose();
        Refuse([new(text, new[] { 1 }), new(text, new[] { 2 })], "repeated");
        Refuse([new(text, Array.Empty<int>())], "no new token");
        Refuse([new(text, new[] { 1, 301 })], "Token 301", "301 ids");
        Refuse([new(text, new[] { -1 })], "Token -1");
        Refuse([new(text, new[] { 1, 2, 3, 4, 5 })], "0 of 4 positions", "5 more", "crop");
        Refuse([new(text, new[] { 1 }), new(foreign, new[] { 1 })], "another decoder");
        FluentActions.Invoking(() => decoder.Append([new(text, new[] { 1 }), new(freed, new[] { 1 })], new float[2 * 301]))
            .Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => decoder.Append([new(text, new[] { 1 })], new float[300]))
            .Should().Throw<ArgumentException>().WithMessage("*300 logits*301*");
        FluentActions.Invoking(() => decoder.ComputeLosses(text, [1, 2], [2], new double[2]))
            .Should().Throw<ArgumentException>().WithMessage("*2 ids, 1 targets*");
        FluentActions.Invoking(() => decoder.ComputeLosses(text, [1], [400], new double[1]))
            .Should().Throw<ArgumentException>().WithMessage("*Target 400*");
        FluentActions.Invoking(() => text.Crop(1)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => decoder.CreateSequence(0)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new PackedDecoder(_weights, threads: 0)).Should().Throw<ArgumentOutOfRangeException>();
        text.Length.Should().Be(0);
        decoder.Append([new(text, new[] { 1, 2, 3, 4 })], new float[301]);
        text.Length.Should().Be(4);

        void Refuse(DecoderInput[] batch, params string[] parts)
        {
            var thrown = FluentActions.Invoking(() => decoder.Append(batch, new float[batch.Length * 301]))
                .Should().Throw<ArgumentException>().Which;
            foreach (var part in parts) thrown.Message.Should().Contain(part);
        }
    }

    [Fact]
    public void A_decoder_cannot_be_used_after_it_is_disposed()
    {
        var decoder = new PackedDecoder(_weights, threads: 2);
        var text = decoder.CreateSequence(4);
        decoder.Dispose();
        decoder.Dispose();
        FluentActions.Invoking(() => decoder.CreateSequence(4)).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => decoder.Append([new(text, new[] { 1 })], new float[301]))
            .Should().Throw<ObjectDisposedException>();
        text.Dispose();
    }

    [Fact]
    public void Weights_can_be_freed_after_packing()
    {
        using var copy = _weights.CopyTo(CPU);
        using var decoder = new PackedDecoder(copy, threads: 1);
        var expected = ComputeLogits(decoder, [1, 2, 3], [4]);
        copy.Dispose();
        ComputeLogits(decoder, [1, 2, 3], [4]).Should().Equal(expected);
    }

    [Theory]
    [InlineData(PackedType.Float32, 4)]
    [InlineData(PackedType.BFloat16, 2)]
    [InlineData(PackedType.Int8, 1.125)]
    public void A_weight_takes_these_bytes(PackedType type, double bytes)
    {
        var config = Config.With(vocabSize: 640, dModel: 192, nHeads: 6, dFf: 256);
        using var weights = WeightInitializer.Initialize(config, seed: 5, CPU);
        using var decoder = new PackedDecoder(weights, type, threads: 1);
        var norms = (2 * config.NLayers + 1) * config.DModel;
        // The keys and values, 96 outputs, take two panels of 64 each.
        var padded = config.NLayers * 2 * 32 * config.DModel;
        decoder.WeightBytes.Should().Be((long)((config.ParameterCount - norms + padded) * bytes) + norms * sizeof(float));
    }

    [Fact]
    public void Losses_of_a_decoder_without_its_own_method_are_the_same()
    {
        using var model = new LanguageModel(_weights);
        using var tensors = new TensorDecoder(model);
        using var packed = new PackedDecoder(_weights, threads: 1);
        int[] ids = [.. Enumerable.Range(20, 21)], targets = [.. Enumerable.Range(60, 21)];
        var expected = Score(new Forwarding(packed));
        expected.Should().OnlyContain(loss => loss > 0);
        Score(packed).Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
        Score(tensors).Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);

        double[] Score(IDecoder decoder)
        {
            using var text = decoder.CreateSequence(30);
            var losses = new double[ids.Length];
            decoder.ComputeLosses(text, ids, targets, losses);
            text.Length.Should().Be(ids.Length);
            return losses;
        }
    }

    private static float[] ComputeLogits(PackedDecoder decoder, int[] prompt, int[] continuation)
    {
        using var text = decoder.CreateSequence(prompt.Length + continuation.Length);
        var logits = new float[Config.VocabSize];
        decoder.Append([new(text, prompt, NeedsLogits: false)], logits);
        foreach (var id in continuation) decoder.Append([new(text, new[] { id })], logits);
        return logits;
    }

    // Has the default methods of the interface.
    private sealed class Forwarding(IDecoder decoder) : IDecoder
    {
        public ModelConfig Config => decoder.Config;

        public IDecoderSequence CreateSequence(int capacity) => decoder.CreateSequence(capacity);

        public void Append(ReadOnlySpan<DecoderInput> batch, Span<float> logits) => decoder.Append(batch, logits);

        public void Dispose()
        {
        }
    }
}
