namespace TurkishLlm.Runs.Logs;

/// <summary>Metrics of the answers of a step that is learned from rewards. Every answer has the same weight.</summary>
/// <param name="Reward">Mean reward, 0 … 1.</param>
/// <param name="Rewards">Mean score of every reward, by name.</param>
/// <param name="NoSpread">Share of the questions with one reward for all answers: nothing is learned from them.</param>
/// <param name="AnswerTokens">Mean length of the answers, in tokens, with the token that ended them.</param>
/// <param name="Ended">Share of the answers that the model ended by itself.</param>
/// <param name="Kl">Mean estimate of the divergence from the reference model, in nats per token.</param>
/// <param name="Clipped">Share of the tokens with a clipped ratio, so that they have no gradient of the reward.</param>
/// <param name="Entropy">Mean entropy of the distribution that a token was sampled from, in nats.</param>
/// <remarks>Spec: LOG-01, LOG-02.</remarks>
public sealed record GrpoMetrics(
    double Reward, IReadOnlyDictionary<string, double> Rewards, double NoSpread, double AnswerTokens, double Ended, double Kl,
    double Clipped, double Entropy);
