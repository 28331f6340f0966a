using static TorchSharp.torch;

namespace TurkishLlm.Specification;

/// <summary>
/// Every numeric bound of the specification. Each cites the paragraph of <c>docs/tolerances.md</c> that derives it;
/// change it there first.
/// </summary>
public static class Tolerance
{
    /// <summary>ε, the unit roundoff of float32, in which everything is accumulated.</summary>
    public const double Float32UnitRoundoff = 1.0 / (1 << 24);

    /// <summary>TOL-V1: max|a−b|/max|b| of logits and of each gradient of v1 in float32 against float64.</summary>
    public const double RecordedV1 = 1e-4;

    /// <summary>TOL-STEPS: relative difference of each loss and gradient norm over the ten recorded float32 steps.</summary>
    public const double StepsLoss = 1e-5;

    /// <summary>TOL-STEPS: max|a−b|/max|b| of each weight tensor after the ten recorded float32 steps.</summary>
    public const double StepsWeights = 1e-4;

    /// <summary>TOL-STEPS: relative difference of each gradient norm, which is summed in float32.</summary>
    /// <param name="largest">Elements of the largest weight.</param>
    public static double StepsNorm(long largest) => StepsLoss + Math.Sqrt(largest) * Float32UnitRoundoff;

    /// <summary>
    /// TOL-CURVE: relative difference of each of the first ten losses of a run from those in float32 on the CPU.
    /// </summary>
    /// <param name="type">Number type of matrix products.</param>
    public static double LossCurve(ScalarType type) => type == ScalarType.BFloat16 ? 1e-3 : RecordedV1;

    /// <summary>TOL-DRAW: absolute difference of one seeded standard normal draw between builds of libtorch.</summary>
    public const double NormalDraw = 1e-6;

    /// <summary>TOL-UNIT: relative error of rounding once to the number type.</summary>
    /// <param name="type">Number type of matrix products.</param>
    public static double UnitRoundoff(ScalarType type) => type == ScalarType.BFloat16 ? 1.0 / (1 << 8) : Float32UnitRoundoff;

    /// <summary>TOL-RECORDED: absolute difference of a float64 computation from a recorded value.</summary>
    /// <param name="value">The recorded value.</param>
    /// <param name="largest">Largest magnitude in its tensor.</param>
    public static double Recorded(double value, double largest) => Float32UnitRoundoff * Math.Abs(value) + 1e-11 * largest;

    /// <summary>TOL-SUM: error of a sum relative to the sum of magnitudes.</summary>
    /// <param name="type">Number type of the result.</param>
    /// <param name="length">Number of terms.</param>
    public static double Sum(ScalarType type, long length) =>
        (1 + Gamma(length)) * (1 + RoundingAllowance(type, 1)) - 1;

    /// <summary>TOL-SHADOW: error of a float32 sum of squares, in any order.</summary>
    /// <param name="values">What is squared.</param>
    public static double SumOfSquares(double[] values)
    {
        var (sum, small) = (0.0, 0.0);
        foreach (var value in values) sum += value * value;
        foreach (var value in values)
            if (value * value < 8 * Float32UnitRoundoff * sum) small += Math.Min(value * value, Float32UnitRoundoff * sum);
        return small + (2 * Math.Sqrt(values.Length) + 4) * Float32UnitRoundoff * sum;
    }

    /// <summary>TOL-DOT: error of a dot product relative to Σ|xᵢyᵢ|.</summary>
    /// <param name="type">Number type of the operands and of the result; the sum is accumulated in float32.</param>
    /// <param name="length">Length of the vectors.</param>
    public static double Dot(ScalarType type, long length) =>
        (1 + Gamma(length)) * (1 + RoundingAllowance(type, 3)) - 1;

    /// <summary>TOL-NORM: relative error of each element of an RMSNorm.</summary>
    /// <param name="type">Number type of input and output; the statistics are float32.</param>
    /// <param name="width">Width of a row.</param>
    public static double RmsNorm(ScalarType type, long width) =>
        (width / 2.0 + 5) * Float32UnitRoundoff + RoundingAllowance(type, 3);

    /// <summary>TOL-LAYERNORM: error of each element of a float32 LayerNorm, relative to |w| (|x̂| + κ) + |b|.</summary>
    /// <param name="width">Width of a row.</param>
    public static double LayerNorm(long width) => (5 * width + 10) * Float32UnitRoundoff;

    /// <summary>TOL-SOFTMAX: relative error of each weight that is not subnormal.</summary>
    /// <param name="type">Number type of the weights; the softmax itself is float32.</param>
    /// <param name="length">Number of scores of a row.</param>
    /// <param name="largest">Largest magnitude of a score or bias before the maximum is subtracted.</param>
    public static double Softmax(ScalarType type, long length, double largest) =>
        Math.Exp((6 * largest + length + 10) * Float32UnitRoundoff) * (1 + RoundingAllowance(type, 1)) - 1;

    /// <summary>TOL-ATTENTION: error of each output element relative to the largest |v|.</summary>
    /// <param name="type">Number type of q, k, v, of the weights in their product with v, and of the output.</param>
    /// <param name="time">Number of keys.</param>
    /// <param name="headSize">d, the length of q.</param>
    /// <param name="spread">Largest √(Σ(qₑkₑ)²/d) over queries and keys.</param>
    /// <param name="largest">Largest magnitude of a score or of a bias that is not −∞, as the implementation adds it.</param>
    public static double Attention(ScalarType type, long time, long headSize, double spread, double largest)
    {
        var single = (6 * Math.Sqrt(headSize) * spread + 3 * largest + 12 * Math.Sqrt(time) + 10) * Float32UnitRoundoff;
        var rounded = type == ScalarType.BFloat16 ? (6 * Math.Sqrt(2.0 / 3) * spread + 3) * UnitRoundoff(type) : 0;
        return single + rounded;
    }

    /// <summary>TOL-REACH: error of each term of a sum over keys or queries, relative to its magnitude.</summary>
    /// <param name="type">Number type of the products.</param>
    /// <param name="time">Number of keys.</param>
    /// <param name="largest">Largest magnitude of a score or bias.</param>
    /// <param name="score">Largest magnitude of a score.</param>
    public static double Reach(ScalarType type, long time, double largest, double score)
    {
        var sums = 1 + Dot(type, time);
        return (1 + Softmax(type, time, largest)) * sums * sums * Math.Exp(2 * score * RoundingAllowance(type, 4)) - 1;
    }

    /// <summary>TOL-GATE: relative error of each element of SiLU(gate) ⊙ up.</summary>
    /// <param name="type">Number type of input and output.</param>
    public static double SwiGlu(ScalarType type) => 8 * Float32UnitRoundoff + RoundingAllowance(type, 4);

    /// <summary>TOL-LOSS: absolute error, in nats, of one token's loss.</summary>
    /// <param name="type">Number type of the product that makes the logits; the loss itself is float32.</param>
    /// <param name="vocabulary">Number of logits.</param>
    /// <param name="largest">Largest |logit|.</param>
    public static double Loss(ScalarType type, long vocabulary, double largest) =>
        (4 * largest + 2 * Math.Sqrt(vocabulary) + Math.Log(vocabulary) + 10) * Float32UnitRoundoff
        + 2 * RoundingAllowance(type, 1) * largest;

    /// <summary>TOL-SAMPLER: absolute error of the probability of a token that can be sampled.</summary>
    /// <param name="largest">Largest magnitude of a logit, divided by the temperature.</param>
    public static double Sampler(double largest) => 4 * (largest + 1) * Float32UnitRoundoff;

    /// <summary>TOL-BOOTSTRAP: share of all draws by which a bound may miss its percentile.</summary>
    /// <param name="resamples">Number of resamples.</param>
    public static double Bootstrap(int resamples) => 6 * Math.Sqrt(0.025 * 0.975 / resamples);

    /// <summary>TOL-ADAMW: absolute error of one weight after one update from the same state and gradient.</summary>
    /// <param name="weight">The weight before.</param>
    /// <param name="rate">Learning rate of the step.</param>
    public static double AdamW(double weight, double rate) => (3 * Math.Abs(weight) + 64 * rate) * Float32UnitRoundoff;

    /// <summary>TOL-MUON: absolute error of one weight after one update from the same momentum and gradient.</summary>
    /// <param name="weight">The weight before.</param>
    /// <param name="rate">Learning rate of the step.</param>
    /// <param name="start">Relative error of the matrix to orthogonalize, in units of 2⁻²⁴.</param>
    public static double Muon(double weight, double rate, double start = 4) =>
        (3 * Math.Abs(weight) + 0.2 * 6 * MuonAmplification(start) * rate) * Float32UnitRoundoff;

    /// <summary>TOL-MUON: absolute error of an element of an orthogonalized matrix.</summary>
    /// <param name="longer">Length of the longer side of the matrix.</param>
    public static double Orthogonalized(int longer) => 6 * MuonAmplification(4) * Float32UnitRoundoff / Math.Sqrt(longer);

    private static double MuonAmplification(double start) => 13_300 + 985 * start;

    /// <summary>TOL-AVERAGE: absolute error of an element of a moving average.</summary>
    /// <param name="updates">Number of updates.</param>
    /// <param name="largest">Largest magnitude of what is averaged.</param>
    public static double Average(long updates, double largest) => 5 * updates * largest * Float32UnitRoundoff;

    /// <summary>TOL-PLAN: absolute error of the change of one weight over the first steps of a plan.</summary>
    /// <param name="weight">The weight before.</param>
    /// <param name="rates">Sum of the learning rates of the steps.</param>
    /// <param name="gradient">TOL-MODEL or TOL-LORA of the gradients.</param>
    /// <param name="ratio">Smallest ratio of a gradient of the weight to the largest one of its tensor, over the steps.</param>
    /// <param name="steps">Number of steps.</param>
    public static double PlanUpdate(double weight, double rates, double gradient, double ratio, int steps) =>
        3 * (steps + 1) * Float32UnitRoundoff * (Math.Abs(weight) + rates) + 2 * rates * gradient / ratio;

    /// <summary>TOL-MODEL: max|a−b|/max|b| of the logits of a whole model against float64.</summary>
    /// <param name="type">Number type of matrix products.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="longest">Longest dot product inside a layer, usually d_ff.</param>
    public static double Model(ScalarType type, long layers, long longest) => type == ScalarType.BFloat16
        ? 3 * Math.Sqrt(8.0 * layers) * UnitRoundoff(type)
        : 6 * Math.Sqrt(8.0 * layers * longest) * Float32UnitRoundoff;

    /// <summary>TOL-MODEL: max|a−b|/max|b| of each gradient of a whole model against float64.</summary>
    /// <inheritdoc cref="Model"/>
    public static double ModelGradient(ScalarType type, long layers, long longest) => type == ScalarType.BFloat16
        ? 6 * Math.Sqrt(8.0 * layers) * UnitRoundoff(type)
        : 12 * Math.Sqrt(8.0 * layers * longest) * Float32UnitRoundoff;

    /// <summary>TOL-DECODER: max|a−b|/max|b| of the same logits of any decoder, computed in two ways.</summary>
    /// <inheritdoc cref="Model"/>
    public static double Decoder(ScalarType type, long layers, long longest) => 2 * Model(type, layers, longest);

    /// <summary>
    /// TOL-LLAMA: max|a−b|/max|b| of the logits of llama.cpp and of this program, from the same stored weights.
    /// </summary>
    /// <param name="type">Name of the GGUF type of the matrices: F32, F16, BF16 or Q8_0.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="longest">Longest dot product inside a layer, usually d_ff.</param>
    public static double LlamaCpp(string type, long layers, long longest)
    {
        var roundoff = type switch
        {
            "F32" => 0,
            "F16" => 1.0 / (1 << 11),
            "BF16" => UnitRoundoff(ScalarType.BFloat16),
            "Q8_0" => 4 / 254.0,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of weights."),
        };
        return Decoder(ScalarType.Float32, layers, longest) + Math.Sqrt(3 * 8 * layers) * roundoff;
    }

    /// <summary>TOL-Q8: absolute error of the scale of a block of Q8_0, which is a float16.</summary>
    /// <param name="step">max|x| ÷ 127 of the block.</param>
    public static double Q8Scale(double step) =>
        Math.Max(step / (1 << 11), 1.0 / (1 << 25)) + 4 * Float32UnitRoundoff * step;

    /// <summary>TOL-Q8: absolute error of a number of a block of Q8_0.</summary>
    /// <param name="step">max|x| ÷ 127 of the block.</param>
    public static double Q8(double step) => step * (0.5 + 4 * 127 * Float32UnitRoundoff) + 127 * Q8Scale(step);

    /// <summary>TOL-DECODER: relative change of the mean loss by bfloat16.</summary>
    public const double DecoderLoss = 0.02;

    /// <summary>TOL-DECODER: relative difference of a gradient and a slope by central differences.</summary>
    public const double DecoderSlope = 0.05;

    /// <summary>TOL-DECODER: |loss − ln V| of a new decoder on random tokens, in nats.</summary>
    /// <param name="vocabulary">V.</param>
    /// <param name="deviation">Standard deviation of the logits.</param>
    /// <param name="tokens">Number of tokens.</param>
    public static double DecoderFirstLoss(long vocabulary, double deviation, long tokens) =>
        0.1 * Math.Log(vocabulary) + 6 * deviation / Math.Sqrt(tokens);

    /// <summary>TOL-DECODER: loss ÷ ln V below which a batch is overfitted.</summary>
    public const double DecoderMemorized = 0.1;

    /// <summary>TOL-LORA: max|a−b|/max|b| of the logits of a model with an adapter against float64.</summary>
    /// <inheritdoc cref="Model"/>
    public static double Adapted(ScalarType type, long layers, long longest) => Math.Sqrt(3) * Model(type, layers, longest);

    /// <summary>TOL-LORA: max|a−b|/max|b| of each gradient of an adapter against float64.</summary>
    /// <inheritdoc cref="Model"/>
    public static double AdaptedGradient(ScalarType type, long layers, long longest) =>
        Math.Sqrt(3) * ModelGradient(type, layers, longest);

    /// <summary>TOL-LORA: max|a−b|/max|b| of the logits of a merged model against those of the model with its adapter.</summary>
    /// <inheritdoc cref="Model"/>
    public static double Merged(ScalarType type, long layers, long longest) => Math.Sqrt(5) * Model(type, layers, longest);

    /// <summary>TOL-ANSWER: absolute error, in nats, of the log-probability of an answer.</summary>
    /// <param name="type">Number type of matrix products.</param>
    /// <param name="vocabulary">Number of logits.</param>
    /// <param name="largest">Largest |logit|.</param>
    /// <param name="model">TOL-MODEL of the model.</param>
    /// <param name="tokens">Tokens of the answer.</param>
    public static double AnswerLogProbability(ScalarType type, long vocabulary, double largest, double model, long tokens) =>
        tokens * (Loss(type, vocabulary, largest) + 2 * model * largest);

    /// <summary>TOL-LOOP: ‖a−b‖ ÷ ‖b‖ of AdamW's updates from gradients that differ by rounding.</summary>
    /// <param name="type">Number type of matrix products.</param>
    public static double LoopUpdate(ScalarType type) => type == ScalarType.BFloat16 ? 0.12 : 0.05;

    /// <summary>TOL-LOOP: difference that two runs of the same step may have on other devices than the CPU.</summary>
    /// <param name="spread">The difference between two other runs.</param>
    public static double LoopRepeat(double spread) => 4 * spread + 1e-6;

    /// <summary>TOL-LOOP: relative error of a gradient norm, and max|a−b|/max|b| of a clipped gradient.</summary>
    /// <param name="type">Number type in which the gradient is stored.</param>
    /// <param name="size">Elements of the parameter.</param>
    public static double LoopClipping(ScalarType type, long size) => StepsNorm(size) + RoundingAllowance(type, 4);

    /// <summary>TOL-LOOP: absolute error of a learning rate that is estimated from the weight decay.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="decay">λ.</param>
    public static double LoopRate(double rate, double decay) => 1e-3 * rate + 4 * Float32UnitRoundoff / decay;

    /// <summary>TOL-LOOP: ‖a−b‖ ÷ ‖b‖ of an update from the same weights and moments.</summary>
    public const double LoopNextUpdate = 1e-3;

    /// <summary>TOL-LOOP: relative error of an ε that is estimated from updates.</summary>
    public const double LoopEpsilon = 0.02;

    /// <summary>TOL-LOOP: ‖a−b‖ ÷ ‖b‖ of AdamW's updates from gradients that a smaller limit showed.</summary>
    /// <param name="type">Number type of matrix products.</param>
    /// <param name="weights">‖w‖ ÷ η of all weights.</param>
    public static double LoopMoments(ScalarType type, double weights) =>
        (type == ScalarType.BFloat16 ? 8e-3 : 1e-3) + 4 * Float32UnitRoundoff * weights;

    /// <summary>TOL-LOOP: factor between a reported gradient norm and one that is estimated from slopes of the loss.</summary>
    public const double LoopNormBySlopes = 4;

    /// <summary>TOL-LOOP: loss ÷ first loss below which a loop learns.</summary>
    public const double LoopLearns = 0.5;

    /// <summary>TOL-LOOP: |a−b|, in nats, of two mean losses of the same targets at the same weights.</summary>
    /// <param name="type">Number type of matrix products.</param>
    /// <param name="vocabulary">Number of logits.</param>
    /// <param name="loss">The mean loss.</param>
    /// <param name="model">TOL-MODEL of the logits.</param>
    /// <param name="counted">Number of targets.</param>
    public static double LoopLoss(ScalarType type, long vocabulary, double loss, double model, int counted)
    {
        var sigma = model / (type == ScalarType.BFloat16 ? 3 : 6);
        return 2 * Loss(ScalarType.Float32, vocabulary, 2 * loss)
            + 12 * sigma * (2 * loss / 3) / Math.Sqrt(Math.Min(counted, 64));
    }

    /// <summary>TOL-FIRST-LOSS: absolute error, in nats, of the mean loss of a new model on random tokens.</summary>
    /// <param name="vocabulary">Number of logits.</param>
    /// <param name="deviation">Standard deviation of a logit.</param>
    /// <param name="tokens">Number of tokens.</param>
    public static double FirstLoss(long vocabulary, double deviation, long tokens) =>
        Math.Max(0.01 * Math.Log(vocabulary), 6 * deviation / Math.Sqrt(tokens));

    // Relative error of the roundings to the compute type; float32's own are counted in the float32 part.
    private static double RoundingAllowance(ScalarType type, int roundings) =>
        type == ScalarType.BFloat16 ? Math.Pow(1 + UnitRoundoff(type), roundings) - 1 : 0;

    private static double Gamma(long length) => length * Float32UnitRoundoff / (1 - length * Float32UnitRoundoff);
}
