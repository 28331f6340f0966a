using FluentAssertions;
using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Functions;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>Losses, schedules and optimizers as a user writes them.</summary>
[Collection(nameof(NonParallel))]
public sealed class FunctionTrainingTests
{
    [Fact]
    public void A_loss_of_libtorch_one_by_logarithms_and_one_by_exponentials_hold()
    {
        Judge.Loss((logits, targets) => cross_entropy(
            logits.to(float32).view(-1, logits.size(-1)), targets.view(-1), reduction: nn.Reduction.None, ignore_index: -100)
            .view(targets.shape), ignoreIndex: -100).Verify();
        Judge.Loss((logits, targets) =>
        {
            var chosen = log_softmax(logits.to(float32), -1).gather(-1, targets.clamp(min: 0).unsqueeze(-1)).squeeze(-1);
            return (-chosen).masked_fill(targets.lt(0), 0);
        }).Verify();
        Judge.Loss((logits, targets) =>
        {
            var z = logits.to(float32) - logits.to(float32).amax([-1], keepdim: true).detach();
            var hot = targets.unsqueeze(-1).eq(arange(z.size(-1)));
            return where(targets.lt(0), 0, z.exp().sum([-1]).log() - z.masked_fill(~hot, 0).sum([-1])).to(float32);
        }).Verify();
    }

    [Fact]
    public void A_mean_of_libtorch_and_one_by_division_hold()
    {
        Judge.MeanLoss((logits, targets) =>
            cross_entropy(logits.to(float32).flatten(0, 1), targets.flatten(), ignore_index: -100), ignoreIndex: -100).Verify();
        Judge.MeanLoss((logits, targets) =>
        {
            var counted = targets.flatten().ge(0).nonzero().flatten();
            var rows = logits.to(float32).flatten(0, 1).index_select(0, counted);
            var own = rows.gather(1, targets.flatten().index_select(0, counted).unsqueeze(1));
            return (rows.logsumexp(1, keepdim: true) - own).sum() / counted.size(0);
        }).Verify();
    }

    [Fact]
    public void Schedules_hold()
    {
        Judge.CosineSchedule(c => step =>
            step <= c.Warmup ? c.Peak * step / c.Warmup
            : step >= c.Steps ? c.Minimum
            : c.Minimum + (c.Peak - c.Minimum) * Math.Pow(
                Math.Cos(Math.PI / 2 * (step - c.Warmup) / (c.Steps - c.Warmup)), 2)).Verify();
        Judge.LinearSchedule(c => step =>
        {
            var index = step - 1;                                                       // counted from 0
            if (index < c.Warmup) return c.Peak * (index + 1) / c.Warmup;
            var rest = Math.Max(0, 1.0 * (c.Steps - index) / (c.Steps - c.Warmup));
            return c.Minimum + (c.Peak - c.Minimum) * rest;
        }).Verify();
    }

    [Fact]
    public void An_optimizer_of_libtorch_with_two_groups_holds() => Judge.AdamW((weights, c) =>
    {
        var groups = weights.Values.ToLookup(weight => weight.ndim > 1);
        var optimizers = new[] { true, false }
            .Select(decays => optim.AdamW(
                groups[decays], 1, c.Beta1, c.Beta2, c.Epsilon, decays ? c.WeightDecay : 0))
            .ToArray();
        return rate =>
        {
            foreach (var optimizer in optimizers)
            {
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
                optimizer.step();
            }
        };
    }).Verify();

    [Fact]
    public void An_optimizer_of_arrays_holds() => Judge.AdamW((weights, c) =>
    {
        var (moments, n) = (weights.ToDictionary(w => w.Key, w => new double[2 * w.Value.numel()]), 0);
        return rate =>
        {
            n++;
            foreach (var (name, weight) in weights)
                if (weight.grad is { } gradient) Update(weight, gradient, moments[name], n, rate, c);
        };
    }).Verify();

    [Fact]
    public void Clipping_holds() => Judge.Clipping((weights, maxNorm) =>
    {
        using var grad = no_grad();
        var norm = cat([.. weights.Select(weight => weight.grad!.flatten())]).norm().item<float>();
        if (norm > maxNorm && float.IsFinite(norm)) foreach (var weight in weights) weight.grad!.mul_(maxNorm / norm);
        return norm;
    }).Verify();

    [Fact]
    public void Clipping_of_libtorch_fails_on_gradients_that_are_not_finite() =>
        Judge.Clipping((weights, maxNorm) => nn.utils.clip_grad_norm_(weights, maxNorm))
            .Judge().Where(judgment => !judgment.Verdict.Holds).Select(judgment => judgment.Requirement.Id).Distinct()
            .Should().Equal("ACC-14");

    private static void Update(
        Parameter weight, Tensor gradient, double[] moments, int n, double rate, AdamWConstants c)
    {
        using var grad = no_grad();
        var (values, slopes) = (weight.Doubles(), gradient.Doubles());
        var decay = weight.ndim > 1 ? c.WeightDecay : 0;
        for (var i = 0; i < values.Length; i++)
        {
            ref var mean = ref moments[2 * i];
            ref var square = ref moments[2 * i + 1];
            mean += (1 - c.Beta1) * (slopes[i] - mean);
            square += (1 - c.Beta2) * (slopes[i] * slopes[i] - square);
            var root = Math.Sqrt(square / (1 - Math.Pow(c.Beta2, n)));
            values[i] = values[i] * (1 - rate * decay) - rate / (1 - Math.Pow(c.Beta1, n)) * mean / (root + c.Epsilon);
        }
        weight.copy_(tensor(values, float32).view(weight.shape));
    }
}
