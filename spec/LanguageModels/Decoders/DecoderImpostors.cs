using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>The decoder that requirements judge until they get another one, and wrong ones.</summary>
internal static class DecoderImpostors
{
    /// <summary>The reference with default options.</summary>
    public static Func<long, Decoder> Plain(DecoderCase c, Conditions at) => seed => ReferenceGpt.CreateDecoder(seed);

    /// <summary>The reference with options.</summary>
    public static Func<DecoderCase, Conditions, Func<long, Decoder>> With(ReferenceGptOptions options) =>
        (_, _) => seed => ReferenceGpt.CreateDecoder(seed, options);

    /// <summary>The reference with a mistake.</summary>
    public static Func<DecoderCase, Conditions, Func<long, Decoder>> Bug(DecoderBug bug, ReferenceGptOptions? options = null) =>
        (_, _) => seed => ReferenceGpt.CreateDecoder(seed, options ?? new(), bug);

    /// <summary>The reference, changed from outside.</summary>
    public static Func<DecoderCase, Conditions, Func<long, Decoder>> Wrap(
        Func<Decoder, Decoder> change, ReferenceGptOptions? options = null) =>
        (_, _) => seed => change(ReferenceGpt.CreateDecoder(seed, options));

    /// <summary>The reference with changed logits.</summary>
    public static Func<DecoderCase, Conditions, Func<long, Decoder>> Logits(Func<Tensor, Tensor> change) =>
        Wrap(decoder => decoder with { Logits = ids => change(decoder.Logits(ids)) });

    /// <summary>The reference with changed ids.</summary>
    public static Func<DecoderCase, Conditions, Func<long, Decoder>> Ids(
        Func<Tensor, Tensor> change, ReferenceGptOptions? options = null) =>
        Wrap(decoder => decoder with { Logits = ids => decoder.Logits(change(ids)) }, options);

    /// <summary>Logits, mixed with a hundredth of those of the next position.</summary>
    public static Tensor MixWithNext(Tensor logits) => logits + 0.01 * logits.roll(-1, 1);
}
