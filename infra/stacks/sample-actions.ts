import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acceptFinding } from '../constructs/accepted-findings.ts';
import { Action } from '../constructs/action.ts';

/** Waits as many seconds as the op's input says, and then does as it says: fails, or returns it. */
const COUNT_DOWN = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: {
    Wait: { Type: 'Wait', Seconds: '{% $states.input.input.seconds %}', Next: 'Is it to fail?' },
    'Is it to fail?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $exists($states.input.input.fail) %}', Next: 'Fail' }],
      Default: 'Done',
    },
    Fail: { Type: 'Fail', Error: '{% $states.input.input.fail %}', Cause: 'it was to fail' },
    Done: {
      Type: 'Pass',
      Output: { waited: '{% $states.input.input.seconds %}', for: '{% $states.input.jobId %}' },
      End: true,
    },
  },
};

/** An action of each kind that stands for nothing else of this deployment and costs nothing unused. */
export class SampleActions extends Construct {
  readonly actions: Readonly<Record<string, Action>>;

  constructor(scope: Construct, id: string, props: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    const machine = new sfn.StateMachine(this, 'CountDown', {
      definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(COUNT_DOWN)),
      removalPolicy: props.removalPolicy,
    });
    acceptFinding(machine, 'SF1', 'It is for trying things out, and its history says all it does.');
    acceptFinding(machine, 'SF2', 'It is for trying things out, and calls nothing that could be traced.');
    this.actions = {
      'count-down': Action.stateMachine(machine),
      'ask-somebody': Action.manual(),
      'fetch-page': Action.http({
        hosts: ['www.example.com'],
        methods: ['GET', 'HEAD'],
        timeout: Duration.seconds(10),
      }),
      'manual-work': Action.external(),
    };
  }
}
